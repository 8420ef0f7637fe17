using FFMpegCore;
using FFMpegCore.Enums;

namespace AdoptionFFMpegCore;

/// <summary>
/// Stands for an encoder class on FFMpegCore that a worker already has. Only one thing was changed for the cache: putting the
/// command together is a method of its own, so that it can be looked at without being run.
/// </summary>
public sealed class HlsTranscoder(Speed preset)
{
    public const string Playlist = "stream.m3u8";

    public FFMpegArgumentProcessor Command(string input, string outputDirectory, int height) => FFMpegArguments
        .FromFileInput(input, verifyExists: false)
        .OutputToFile(Path.Combine(outputDirectory, Playlist), overwrite: true, options => options
            .WithVideoCodec("libx264")
            .WithSpeedPreset(preset)
            .WithConstantRateFactor(23)
            .WithVideoFilters(filters => filters.Scale(-2, height))
            .WithAudioCodec("aac")
            .WithAudioBitrate(128)
            .WithoutMetadata()
            .ForceFormat("hls")
            .WithCustomArgument("-hls_time 4 -hls_playlist_type vod -hls_list_size 0"));
}
