namespace SmartCache.Uploads;

/// <summary>
/// What a journal record says; the value is the letter on disk. A lower-case letter takes back what its upper-case one said about the same key.
/// A letter that is not here comes from a newer version: readers skip it, and sorting keeps it.
/// </summary>
internal enum JournalKind : byte
{
    /// <summary>Whose journal this is. The key is the whole hash of the target's identity.</summary>
    Header = (byte)'H',

    File = (byte)'F',
    Profile = (byte)'P',
    Tree = (byte)'T',

    ForgottenFile = (byte)'f',
    ForgottenProfile = (byte)'p',
    ForgottenTree = (byte)'t',
}
