using SmartCache.Uploads;

namespace SmartCache.Stages.Ffmpeg;

/// <summary>Names of the files of one profile, made from its name: <c>720p.m3u8</c>, <c>720p_00000.ts</c>.</summary>
internal sealed class ProfileFiles(string profileName)
{
    private readonly string _stem = Safe(profileName);

    public string Playlist => _stem + ".m3u8";

    public string SegmentPattern => _stem + "_%05d.ts";

    /// <summary>A working directory of one run; a later run's name is greater. What is left in it is told by <see cref="EncoderLeftover"/>.</summary>
    public string NewRunName() => $"{RunPrefix}{Guid.CreateVersion7():N}{RunSuffix}";

    /// <summary>Whether a directory is one in which a run of this profile worked.</summary>
    public bool IsRun(string name) => EncoderLeftover.Is(name) && name.Length == RunPrefix.Length + 32 + RunSuffix.Length && name.StartsWith(RunPrefix, StringComparison.Ordinal);

    /// <summary>Whether a file in the output directory is this profile's own: its playlist or one of its segments.</summary>
    public bool IsOwn(string name)
    {
        if (name == Playlist)
            return true;
        return name.StartsWith(_stem + "_", StringComparison.Ordinal)
            && name.EndsWith(".ts", StringComparison.Ordinal)
            && name.AsSpan((_stem.Length + 1)..^3) is { Length: >= 5 } number
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
