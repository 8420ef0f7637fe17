using SmartCache.FFMpegCore;

namespace SmartCache.Tests.Stages.Ffmpeg;

/// <summary>One encode to fragmented MP4, whole and as it is left by an attempt that dies: 12 s without sound, which would cost the most. Several tests begin with it.</summary>
public sealed class FragmentedEncode : IAsyncLifetime
{
    internal static readonly EncodingProfile Profile = new("90p") { Resolution = "160x90", Preset = "ultrafast" };

    internal ResumableJob Job { get; } = new();

    internal string Source { get; private set; } = "";

    internal EncodedProfile Whole { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Source = MediaTool.Make(Job["video.mp4"], [.. MediaTool.Pictures(12, "192x108"), .. MediaTool.X264, "-g", "250"]);
        await Job.DieAsync(Source, leaves: 5, Profile, Configure);
        Whole = await Job.EncodeWholeAsync(Source, Profile, Configure);
    }

    public Task DisposeAsync()
    {
        Job.Dispose();
        return Task.CompletedTask;
    }

    internal static void Configure(FfmpegOptions options) => options.ExtraOutputArguments = ["-hls_segment_type", "fmp4"];

    internal static Action<FfmpegOptions> With(params string[] arguments) => options =>
    {
        Configure(options);
        options.ExtraOutputArguments = [.. options.ExtraOutputArguments, .. arguments];
    };

    internal static string Segment(EncodedProfile profile, int index) => Path.Combine(profile.Directory, $"90p_{index:00000}.m4s");

    /// <summary>As <see cref="ResumableJob.ShouldBeTheSame"/>, and the head.</summary>
    internal static void ShouldBeTheSame(EncodedProfile one, EncodedProfile other, bool hasSamePictures = true)
    {
        ResumableJob.ShouldBeTheSame(one, other, hasSamePictures);
        Head(one).Should().Equal(Head(other));

        static byte[] Head(EncodedProfile profile) => File.ReadAllBytes(Path.Combine(profile.Directory, "90p_init.mp4"));
    }
}
