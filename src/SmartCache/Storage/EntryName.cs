namespace SmartCache.Storage;

/// <summary>What follows from the name of an entry.</summary>
internal static class EntryName
{
    private const int ShownDigits = 12;

    /// <summary>As names appear in the log: 12 digits of each of the hashes that they are made of. A profile's second one is its recipe's, without which all profiles of a video look the same.</summary>
    public static string Short(string name) =>
        name.IndexOf('_', StringComparison.Ordinal) is > 0 and var split ? $"{Cut(name[..split])}_{Cut(name[(split + 1)..])}" : Cut(name);

    /// <summary>The lock that a lease holds shared, and whoever moves the entry away exclusively.</summary>
    public static string LockOf(string name) => OwnNames.EntryLock + name;

    private static string Cut(string hash) => hash.Length > ShownDigits ? hash[..ShownDigits] : hash;
}
