namespace SmartCache.Configuration;

/// <summary>Free inodes to leave: a whole number, or a percentage of the file system's below 100.</summary>
internal static class FreeInodeText
{
    /// <summary>Null when <paramref name="text"/> can be read, else what is wrong with it.</summary>
    public static string? Parse(string text, out FreeInodeFloor floor)
    {
        floor = default;
        if (text.TrimEnd().EndsWith('%'))
        {
            var problem = FreeSpaceText.Parse(text, out var share);
            floor = new FreeInodeFloor(null, share.Percent);
            return problem;
        }

        if (Measure.Split(text, out var number, out var unit) is { } wrong)
        {
            return wrong;
        }

        if (unit.Length > 0 || number != decimal.Truncate(number))
        {
            return "is neither a whole number nor a percentage";
        }

        floor = new FreeInodeFloor((long)Math.Min(number, long.MaxValue), null);
        return null;
    }
}
