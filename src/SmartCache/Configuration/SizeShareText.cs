namespace SmartCache.Configuration;

/// <summary>A part of the cache: a size, or a percentage up to 90.</summary>
internal static class SizeShareText
{
    private const int Most = 90;

    /// <summary>Null when <paramref name="text"/> can be read, else what is wrong with it.</summary>
    public static string? Parse(string text, out SizeShare share)
    {
        share = default;
        if (!text.TrimEnd().EndsWith('%'))
        {
            var problem = SizeText.Parse(text, out var bytes);
            share = new SizeShare(bytes, null);
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

        if (percent > Most)
        {
            return "leaves too little of the cache to jobs";
        }

        share = new SizeShare(null, (double)percent);
        return null;
    }
}
