using System.Collections.Concurrent;
using System.Globalization;
using SmartCache.FFMpegCore;

namespace SmartCache.Tests.Stages.Ffmpeg;

/// <summary>What many tests of retries begin with, made once in a run of the tests: videos, and attempts that died. Whoever asks has a copy, or only looks at it.</summary>
internal static class SharedMedia
{
    private static readonly ScratchDirectory s_scratch = new();
    private static readonly ConcurrentDictionary<string, Lazy<string>> s_videos = new();
    private static readonly ConcurrentDictionary<string, Lazy<Task<(KeptParts, EncodedProfile)>>> s_died = new();
    private static readonly Lazy<string> s_ffmpeg = new(static () => new FfmpegWrapper(s_scratch, instead: "exec ffmpeg \"$@\"").Path);
    private static readonly ConcurrentDictionary<string, Lazy<SourceMedia>> s_media = new();
    private static int s_number;

    static SharedMedia() => AppDomain.CurrentDomain.ProcessExit += static (_, _) => s_scratch.Dispose();

    /// <summary>The real ffmpeg, whose version is remembered.</summary>
    public static string Ffmpeg => s_ffmpeg.Value;

    /// <summary>Makes a video at a path.</summary>
    /// <returns>Its name for the other members.</returns>
    public static string Make(string path, params string[] arguments)
    {
        var name = string.Join('\n', [Path.GetExtension(path), .. arguments]);
        File.Copy(Video(name, arguments), path);
        return name;
    }

    /// <summary>What an attempt has kept that died before its end, and what it had made.</summary>
    public static Task<(KeptParts Kept, EncodedProfile Whole)> DiedAsync(string video, EncodingProfile profile) =>
        s_died.GetOrAdd(string.Join('\n', [video, profile.Name, profile.Resolution, profile.VideoBitrate, profile.Preset]), _ => new(async () =>
        {
            using var job = new ResumableJob(New("parts"));
            return (job.Kept, await job.DieAnewAsync(Video(video), profile, whole: New("whole")));
        })).Value;

    /// <summary>What ffprobe says of a video: asked once.</summary>
    /// <param name="path">Where it lies, or a copy of it.</param>
    /// <param name="video">Its name; its path where it has none.</param>
    public static SourceMedia Media(string path, string? video = null) => s_media.GetOrAdd(video ?? path, _ => new(() =>
        new() { ContentHash = "", Length = new FileInfo(path).Length, Facts = new FfprobeSourceProbe().ProbeAsync(path).AsTask().GetAwaiter().GetResult() })).Value;

    private static string Video(string name, params string[] arguments) => s_videos.GetOrAdd(name, _ => new(() => MediaTool.Make(New("video") + Path.GetExtension(name.Split('\n')[0]), arguments))).Value;

    private static string New(string what) => s_scratch[what + Interlocked.Increment(ref s_number).ToString(CultureInfo.InvariantCulture)];
}
