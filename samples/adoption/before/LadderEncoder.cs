using FFMpegCore;
using FFMpegCore.Enums;

namespace Adoption;

/// <summary>Encodes the whole ladder in one call.</summary>
public sealed class LadderEncoder
{
    private readonly EncoderPreset _preset = EncoderPreset.VeryFast;

    public async Task EncodeAsync(string source, string directory, IReadOnlyList<Rendition> ladder, CancellationToken cancellationToken)
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
