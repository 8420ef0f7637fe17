namespace SmartCache.Remote;

/// <summary>What waited to be sent when it was last listed.</summary>
/// <param name="Entries">How many.</param>
/// <param name="Oldest">Since when the oldest is owed.</param>
internal sealed record OwedFigures(int Entries, DateTimeOffset Oldest)
{
    public static OwedFigures None { get; } = new(0, default);

    /// <param name="owed">The oldest first.</param>
    public static OwedFigures Of(List<Intent> owed) => owed.Count == 0 ? None : new OwedFigures(owed.Count, owed[0].At);

    /// <summary>Both together.</summary>
    public OwedFigures With(OwedFigures other) =>
        Entries == 0 ? other : other.Entries == 0 ? this : new OwedFigures(Entries + other.Entries, Oldest < other.Oldest ? Oldest : other.Oldest);
}
