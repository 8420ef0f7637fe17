namespace SmartCache.Configuration;

/// <summary>The known key that an unknown one was probably meant to be: the fewest edits between them.</summary>
internal static class NearestKey
{
    public static string To(string unknown)
    {
        var wanted = Normal(unknown);
        return SettingTable.All.MinBy(key => Names(key).Min(name => Distance(wanted, Normal(name))))!.FullPath;
    }

    // Sources and Location are meant for a key below them.
    private static string[] Names(SettingKey key) =>
        key.Path.Contains(':', StringComparison.Ordinal) ? [key.FullPath, key.FullPath[..key.FullPath.LastIndexOf(':')]] : [key.FullPath];

    private static string Normal(string path) =>
        path.Replace("_", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal).ToUpperInvariant();

    // Levenshtein's distance with one row of the matrix at a time.
    private static int Distance(string left, string right)
    {
        var row = Enumerable.Range(0, right.Length + 1).ToArray();
        for (var i = 1; i <= left.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var cost = left[i - 1] == right[j - 1] ? diagonal : 1 + Math.Min(diagonal, Math.Min(row[j], row[j - 1]));
                diagonal = row[j];
                row[j] = cost;
            }
        }

        return row[right.Length];
    }
}
