using SmartCache;

namespace EncoderWorker.Options;

/// <summary>The renditions that this worker knows.</summary>
internal static class Ladder
{
    private static readonly EncodingProfile[] _rungs =
    [
        Rung("1080p", "1920x1080", "5000k", "192k"),
        Rung("720p", "1280x720", "2800k", "128k"),
        Rung("480p", "854x480", "1400k", "128k"),
        Rung("360p", "640x360", "800k", "96k"),
        Rung("240p", "426x240", "400k", "64k"),
        Rung("144p", "256x144", "200k", "64k"),
    ];

    public static IReadOnlyList<EncodingProfile> Default { get; } = [_rungs[0], _rungs[1], _rungs[2]];

    public static string Names => string.Join(", ", _rungs.Select(rung => rung.Name));

    public static IReadOnlyList<EncodingProfile> Parse(string text)
    {
        List<EncodingProfile> profiles = [];
        foreach (var name in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var rung = Array.Find(_rungs, rung => string.Equals(rung.Name, name, StringComparison.OrdinalIgnoreCase))
                ?? throw new OptionException($"--profiles: \"{name}\" is not known. Known are {Names}; for example --profiles 720p,480p");
            if (profiles.Contains(rung))
                throw new OptionException($"--profiles: \"{name}\" is named twice.");
            profiles.Add(rung);
        }

        return profiles.Count > 0
            ? profiles
            : throw new OptionException($"--profiles needs at least one of {Names}; for example --profiles 720p,480p");
    }

    private static EncodingProfile Rung(string name, string resolution, string video, string audio) => new(name)
    {
        Resolution = resolution,
        VideoBitrate = video,
        AudioBitrate = audio,
        Codec = "libx264",
        Preset = "fast",
    };
}
