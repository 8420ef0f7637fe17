using System.Globalization;
using System.Text;

namespace SmartCache.NativeWorker;

/// <summary>An encoder without ffmpeg: a playlist of twenty segments, the same each time and others for each profile.</summary>
internal sealed class SegmentWriter : IProfileEncoder
{
    private const int Segments = 20;

    public ValueTask<EncodeRecipe> DescribeAsync(SourceMedia source, EncodingProfile profile, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(new EncodeRecipe { Arguments = [profile.Name], EncoderVersion = "1", ExpectedDuration = TimeSpan.FromSeconds(Segments) });

    public async Task<EncodedProfile> EncodeAsync(EncodeRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        Directory.CreateDirectory(request.OutputDirectory);
        var playlist = new StringBuilder("#EXTM3U\n#EXT-X-TARGETDURATION:1\n");
        for (var i = 0; i < Segments; i++)
        {
            await File.WriteAllTextAsync(Path.Combine(request.OutputDirectory, $"{i}.ts"), new string((char)('a' + i), 50_000) + request.Profile.Name, cancellationToken);
            playlist.Append(CultureInfo.InvariantCulture, $"#EXTINF:1,\n{i}.ts\n");
        }

        await File.WriteAllTextAsync(Path.Combine(request.OutputDirectory, "index.m3u8"), playlist.Append("#EXT-X-ENDLIST\n").ToString(), cancellationToken);
        return new EncodedProfile { Name = request.Profile.Name, Directory = request.OutputDirectory, Playlist = "index.m3u8", Duration = TimeSpan.FromSeconds(Segments) };
    }
}
