using System.Globalization;
using SmartCache.Layers;

namespace SmartCache.FFMpegCore.Files;

/// <summary>Names of the files of one profile, made from its name: <c>720p.m3u8</c>, <c>720p_00000.ts</c>, <c>720p_init.mp4</c>.</summary>
internal sealed class ProfileFiles(string profileName)
{
    private readonly string _stem = Safe(profileName);

    public string Playlist => _stem + ".m3u8";

    /// <summary>Head of the segments where they are fragmented MP4. ffmpeg's own name for it is the same for all profiles.</summary>
    public string Map => _stem + "_init.mp4";

    /// <summary>ffmpeg's pattern of the segments' names.</summary>
    /// <param name="isFragmented">Fragmented MP4 instead of MPEG-TS.</param>
    /// <param name="isSingleFile">All segments in one file: ffmpeg takes the pattern for its name, with the percent sign, which is none in a URI.</param>
    public string SegmentPattern(bool isFragmented = false, bool isSingleFile = false) =>
        $"{_stem}_{(isSingleFile ? "00000" : "%05d")}{(isFragmented ? ".m4s" : ".ts")}";

    /// <summary>The name that the pattern gives a segment.</summary>
    public string Segment(int index, bool isFragmented) => string.Create(CultureInfo.InvariantCulture, $"{_stem}_{index:00000}{(isFragmented ? ".m4s" : ".ts")}");

    /// <summary>A working directory of one run; a later run's name is greater. What is left in it is told by <see cref="EncoderLeftover"/>.</summary>
    public string NewRunName() => $"{RunPrefix}{Guid.CreateVersion7():N}{RunSuffix}";

    /// <summary>Whether a directory is one in which a run of this profile worked.</summary>
    public bool IsRun(string name) => EncoderLeftover.Is(name) && name.Length == RunPrefix.Length + 32 + RunSuffix.Length && name.StartsWith(RunPrefix, StringComparison.Ordinal);

    /// <summary>Whether a file in the output directory is this profile's own: its playlist, one of its segments or their head.</summary>
    public bool IsOwn(string name)
    {
        if (name == Playlist || name == Map)
            return true;
        var extension = Path.GetExtension(name);
        return name.StartsWith(_stem + "_", StringComparison.Ordinal)
            && extension is ".ts" or ".m4s"
            && name.AsSpan((_stem.Length + 1)..^extension.Length) is { Length: >= 5 } number
            && !number.ContainsAnyExceptInRange('0', '9');
    }

    private const string RunSuffix = ".run";

    private string RunPrefix => $".{_stem}.";

    // The name comes from outside and becomes a path, a line of the playlist and a pattern of ffmpeg's, where % counts.
    private static string Safe(string name)
    {
        var safe = string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' ? c : '_')).TrimStart('.');
        return safe.Length is > 0 and <= 100 ? safe : throw new FfmpegException("The profile's name gives no file name.");
    }
}
