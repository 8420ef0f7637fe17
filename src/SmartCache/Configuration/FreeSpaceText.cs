namespace SmartCache.Configuration;

/// <summary>Free space to leave: a size, or a percentage of the file system below 100.</summary>
internal static class FreeSpaceText
{
    /// <summary>Null when <paramref name="text"/> can be read, else what is wrong with it.</summary>
    public static string? Parse(string text, out FreeSpaceFloor floor)
    {
        floor = default;
        if (!text.TrimEnd().EndsWith('%'))
        {
            var problem = SizeText.Parse(text, out var bytes);
            floor = new FreeSpaceFloor(bytes, null);
            return problem;
        }

        if (Measure.Split(text, out var percent, out var unit) is { } wrong)
        {
            return wrong;
        }

        if (unit != "%")
        {
            return "is not a percentage";
        }

        if (percent >= 100)
        {
            return "leaves nothing of the file system to the cache";
        }

        floor = new FreeSpaceFloor(null, (double)percent);
        return null;
    }
}
