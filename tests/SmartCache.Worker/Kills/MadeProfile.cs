using System.Diagnostics;
using System.Globalization;

namespace SmartCache.Worker.Kills;

/// <summary>What a finished profile is, beside what it must be: the playlist, and of each picture and piece of sound its time and its hash.</summary>
internal sealed record MadeProfile(string Playlist, IReadOnlyList<(string Time, string Hash)> Pictures, IReadOnlyList<string> Sound)
{
    // Of 255; a wrong picture is tens of times as far off.
    private const double LeastLikeness = 38;

    private string Path { get; init; } = "";

    /// <summary>Of the segments that an encoder in this program makes the bytes are known.</summary>
    public static string? WrongSegment(string directory, SegmentEncoder encoder)
    {
        for (var segment = 0; segment < encoder.Segments; segment++)
        {
            var path = System.IO.Path.Combine(directory, SegmentEncoder.NameOf(segment));
            if (!File.Exists(path) || !File.ReadAllBytes(path).AsSpan().SequenceEqual(encoder.Bytes(segment)))
            {
                return $"segment {segment} is not what was encoded";
            }
        }

        return null;
    }

    public static MadeProfile Read(string playlist)
    {
        List<(string, string)> pictures = [];
        List<string> sound = [];

        // stream, dts, pts, duration, size, hash
        foreach (var line in Run("-i", playlist, "-map", "0:v", "-map", "0:a", "-f", "framemd5", "-").Split('\n').Where(static line => line.Length > 0 && line[0] != '#'))
        {
            var fields = line.Split(',', StringSplitOptions.TrimEntries);
            if (fields[0] == "0")
            {
                pictures.Add((fields[2], fields[5]));
            }
            else
            {
                sound.Add(fields[2] + fields[5]);
            }
        }

        return new MadeProfile(File.ReadAllText(playlist), pictures, sound) { Path = playlist };
    }

    /// <summary>What is wrong with one that was made in spite of kills; <see langword="null"/> where nothing is.</summary>
    /// <param name="made">The other one.</param>
    /// <param name="differing">How many pictures are not the same: a quantizer a step off behind a joint.</param>
    public string? Differs(MadeProfile made, out int differing)
    {
        differing = 0;
        if (made.Playlist != Playlist)
        {
            return "the playlist is another one";
        }

        if (!made.Pictures.Select(static picture => picture.Time).SequenceEqual(Pictures.Select(static picture => picture.Time)))
        {
            return "the pictures have other times";
        }

        if (!made.Sound.SequenceEqual(Sound))
        {
            return "the sound is another one";
        }

        differing = made.Pictures.Zip(Pictures).Count(static pair => pair.First.Hash != pair.Second.Hash);
        return differing > 0 && Likeness(made) is < LeastLikeness and var least ? string.Create(CultureInfo.InvariantCulture, $"a picture is {least:F1} dB off") : null;
    }

    private double Likeness(MadeProfile made)
    {
        var lines = Run("-i", Path, "-i", made.Path, "-filter_complex", "[0:v]setpts=N/25/TB[a];[1:v]setpts=N/25/TB[b];[a][b]psnr=stats_file=-", "-f", "null", "/dev/null");
        return lines.Split('\n').Where(static line => line.Contains("psnr_avg:", StringComparison.Ordinal)).Select(static line => line.Split("psnr_avg:")[1].Split(' ')[0])
            .Min(static text => text == "inf" ? double.PositiveInfinity : double.Parse(text, CultureInfo.InvariantCulture));
    }

    private static string Run(params string[] arguments)
    {
        using var ffmpeg = Process.Start(new ProcessStartInfo("ffmpeg", ["-v", "error", "-nostdin", .. arguments]) { RedirectStandardOutput = true })!;
        var output = ffmpeg.StandardOutput.ReadToEnd();
        ffmpeg.WaitForExit();
        return output;
    }
}
