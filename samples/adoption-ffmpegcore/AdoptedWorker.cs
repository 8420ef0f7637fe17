using FFMpegCore;
using FFMpegCore.Enums;
using Microsoft.Extensions.DependencyInjection;
using SmartCache;
using SmartCache.FFMpegCore;
using SmartCache.Stages;

namespace AdoptionFFMpegCore;

/// <summary>The two ways for a worker on FFMpegCore, each before <c>AddSmartCache()</c>.</summary>
public static class AdoptedWorker
{
    /// <summary>An encoder class that is there already, behind an adapter; the probe is ready-made.</summary>
    public static IServiceCollection AddWrappedTranscoder(this IServiceCollection services)
    {
        // Where the programs are is said once, so that the version in the recipe is that of the program which encodes.
        GlobalFFOptions.Configure(options => options.BinaryFolder = "/usr/bin");
        return services
            .AddSingleton(new HlsTranscoder(Speed.VeryFast))
            .AddSingleton(new FfmpegVersion(GlobalFFOptions.GetFFMpegBinaryPath()))
            .AddSingleton<IProfileEncoder, HlsTranscoderEncoder>()
            .AddSingleton<ISourceProbe>(new FFMpegCoreSourceProbe())
            .AddSmartCache();
    }

    /// <summary>No encoder yet, or one that may go: the ready-made one, with FFMpegCore's options as one knows them.</summary>
    public static IServiceCollection AddReadyMadeEncoder(this IServiceCollection services) => services
        .AddSmartCacheFFMpegCore(options => options.Output = (output, source, profile) =>
        {
            output
                .WithVideoCodec(profile.Codec ?? "libx264")
                .WithSpeedPreset(Speed.VeryFast)
                .WithConstantRateFactor(23)
                .WithVideoFilters(filters => filters.Scale(-2, int.Parse(profile.Name.TrimEnd('p'), null)))
                .ForcePixelFormat("yuv420p")
                .WithCustomArgument("-map 0:V:0 -map 0:a:0?")
                .WithoutMetadata()
                .WithCustomArgument("-fflags +bitexact -flags:v +bitexact -flags:a +bitexact");
            if (source.Facts.ContainsKey(MediaFacts.AudioCodec))
                output.WithAudioCodec("aac").WithAudioBitrate(128);
        })
        .AddSmartCache();
}
