using System.Globalization;
using SmartCache.FFMpegCore.Results;
using SmartCache.FFMpegCore.Running;

namespace SmartCache.FFMpegCore.Resuming;

/// <summary>What the stage notes with a part.</summary>
/// <param name="First">Number of its first picture in the whole video.</param>
/// <param name="Pictures">How many pictures it holds.</param>
/// <param name="RunBegan">Number of the first picture of the run that made it: its clock begins there.</param>
/// <param name="Counts">What was doubled and dropped when the part was recorded, which is after its last picture.</param>
/// <param name="Format">Of fragmented MP4: what is not in the part itself.</param>
internal readonly record struct PartFacts(long First, int Pictures, long RunBegan, PictureCounts Counts, PictureFormat? Format)
{
    /// <summary>Number of the first picture behind it.</summary>
    public long End => First + Pictures;

    public IReadOnlyDictionary<string, string> Write()
    {
        var facts = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["first"] = Text(First),
            ["pictures"] = Text(Pictures),
            ["run.began"] = Text(RunBegan),
            ["doubled"] = Text(Counts.Doubled),
            ["dropped"] = Text(Counts.Dropped),
            ["counts.since"] = Text(Counts.Since),
        };
        if (Format is not null)
            (facts["clock"], facts["head"]) = (Text(Format.Clock), Format.Digest);
        return facts;
    }

    /// <returns><see langword="null"/> where they are not the stage's.</returns>
    public static PartFacts? Read(IReadOnlyDictionary<string, string> facts) =>
        Number(facts, "first") is { } first && Number(facts, "pictures") is > 0 and <= int.MaxValue and var pictures && Number(facts, "run.began") is { } began
        && Number(facts, "doubled") is { } doubled && Number(facts, "dropped") is { } dropped && Number(facts, "counts.since") is { } since
            ? new PartFacts(first, (int)pictures, began, new PictureCounts(doubled, dropped, since), FormatOf(facts))
            : null;

    private static PictureFormat? FormatOf(IReadOnlyDictionary<string, string> facts) =>
        Number(facts, "clock") is > 0 and <= int.MaxValue and var clock && facts.TryGetValue("head", out var digest) ? new PictureFormat((int)clock, digest) : null;

    private static long? Number(IReadOnlyDictionary<string, string> facts, string name) =>
        facts.TryGetValue(name, out var text) && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
