using FFMpegCore;
using FFMpegCore.Enums;
using SmartCache;
using SmartCache.FFMpegCore;

namespace Adoption;

/// <summary>Encodes what is missing of the ladder.</summary>
public sealed class LadderEncoder(FfmpegVersion ffmpeg) : IProfileEncoder
{
    private readonly EncoderPreset _preset = EncoderPreset.VeryFast;

    public async ValueTask<EncodeRecipe> DescribeAsync(SourceMedia source, EncodingProfile profile, CancellationToken cancellationToken = default) => new()
    {
        Arguments = Command("{source}", "{output}", [(Rendition)profile]).ArgumentList(),
        EncoderVersion = await ffmpeg.GetAsync(cancellationToken),
    };

    public async Task<EncodedProfile> EncodeAsync(EncodeRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        await EncodeAsync(request.Source.Path, request.OutputDirectory, [(Rendition)request.Profile], cancellationToken);
        return new EncodedProfile { Name = request.Profile.Name, Directory = request.OutputDirectory, Playlist = $"{request.Profile.Name}/index.m3u8" };
    }

    private async Task EncodeAsync(string source, string directory, IReadOnlyList<Rendition> ladder, CancellationToken cancellationToken)
    {
        foreach (var rendition in ladder)
            Directory.CreateDirectory(Path.Combine(directory, rendition.Name));
        await Command(source, directory, ladder).ProcessAsynchronously(cancellationToken: cancellationToken);
    }

    private FFMpegArgumentProcessor Command(string source, string directory, IReadOnlyList<Rendition> ladder) => FFMpegArguments
        .FromFileInput(source, verifyExists: false)
        .OutputToMany(outputs =>
        {
            foreach (var rendition in ladder)
            {
                outputs.OutputToFile(Path.Combine(directory, rendition.Name, "index.m3u8"), overwrite: true, options => options
                    .WithVideoCodec("libx264")
                    .WithSpeedPreset(_preset)
                    .WithVideoBitrate(rendition.Kilobits)
                    .WithVideoFilters(filters => filters.Scale(-2, rendition.Height))
                    .WithAudioCodec("aac")
                    .WithoutMetadata()
                    .WithCustomArgument("-f hls -hls_time 4 -hls_playlist_type vod"));
            }
        });
}
