namespace SmartCache.Worker;

/// <summary>Makes the same small profile every time, and notes that it did.</summary>
internal sealed class LoggedEncoder(Func<CancellationToken, Task> work) : IProfileEncoder
{
    public ValueTask<EncodeRecipe> DescribeAsync(SourceMedia source, EncodingProfile profile, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(new EncodeRecipe { Arguments = ["-c", "copy"], EncoderVersion = "1", ExpectedDuration = TimeSpan.FromSeconds(4) });

    public async Task<EncodedProfile> EncodeAsync(EncodeRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        await work(cancellationToken);
        Directory.CreateDirectory(request.OutputDirectory);
        await File.WriteAllTextAsync(Path.Combine(request.OutputDirectory, "a.ts"), "segment", cancellationToken);
        await File.WriteAllTextAsync(Path.Combine(request.OutputDirectory, "index.m3u8"), "#EXTM3U\n#EXTINF:4,\na.ts\n#EXT-X-ENDLIST\n", cancellationToken);
        return new EncodedProfile { Name = request.Profile.Name, Directory = request.OutputDirectory, Playlist = "index.m3u8" };
    }
}
