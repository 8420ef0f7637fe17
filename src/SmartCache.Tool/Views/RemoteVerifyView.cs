namespace SmartCache.Tool.Views;

/// <summary><c>remote verify --json</c>.</summary>
/// <param name="Listed">Entries in the bucket.</param>
/// <param name="Whole">Entries that are whole.</param>
/// <param name="Skipped">Entries that were gone by then, or that a newer version has written.</param>
/// <param name="Unread">Entries that could not be read to their end.</param>
/// <param name="Bytes">Bytes read.</param>
/// <param name="Wrong">Entries that are proven wrong, as <c>{layer}/{name}</c>, with the reason behind a colon.</param>
/// <param name="Deleted">How many of these were deleted.</param>
internal sealed record RemoteVerifyView(int Listed, int Whole, int Skipped, int Unread, long Bytes, IReadOnlyList<string> Wrong, int Deleted)
{
    public static RemoteVerifyView Of(RemoteVerification found, int deleted) => new(
        found.Listed, found.Whole, found.Skipped, found.Unread, found.Bytes,
        [.. found.Wrong.Select(static wrong => $"{(wrong.Entry.Kind == EntryKind.Source ? "sources" : "profiles")}/{wrong.Entry.Name}: {wrong.Reason}")], deleted);
}
