namespace SmartCache.Tests.Stages.Ffmpeg;

/// <summary>
/// A worker's own encoder: it calls ffmpeg in its output directory, which makes <c>index.m3u8</c> as <paramref name="arguments"/> say, and then does what
/// such a worker does with the result.
/// </summary>
internal sealed class ScriptedEncoder(string[] arguments, Action<string>? afterwards = null) : IProfileEncoder
{
    public IReadOnlyList<string> ExtraFiles { get; init; } = [];

    public ValueTask<EncodeRecipe> DescribeAsync(SourceMedia source, EncodingProfile profile, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(new EncodeRecipe { Arguments = arguments, EncoderVersion = "scripted", ExpectedDuration = source.Duration });

    public Task<EncodedProfile> EncodeAsync(EncodeRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        Directory.CreateDirectory(request.OutputDirectory);
        MediaTool.Run(
            "ffmpeg", request.OutputDirectory,
            ["-v", "error", "-nostdin", "-i", request.Source.Path, "-c", "copy", "-f", "hls", "-hls_time", "2", "-hls_playlist_type", "vod", .. arguments, "index.m3u8"]);
        afterwards?.Invoke(request.OutputDirectory);
        return Task.FromResult(new EncodedProfile { Name = request.Profile.Name, Directory = request.OutputDirectory, Playlist = "index.m3u8", ExtraFiles = ExtraFiles });
    }
}
