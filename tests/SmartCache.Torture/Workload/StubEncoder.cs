namespace SmartCache.Torture.Workload;

/// <summary>Makes a small HLS profile out of the bytes that it really finds in its source.</summary>
internal sealed class StubEncoder(Content content, SplitMix random, bool hurries) : IProfileEncoder
{
    public ValueTask<EncodeRecipe> DescribeAsync(SourceMedia source, EncodingProfile profile, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(Content.RecipeOf(profile));

    public async Task<EncodedProfile> EncodeAsync(EncodeRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var hash = Content.Hash(await File.ReadAllBytesAsync(request.Source.Path, cancellationToken));
        Directory.CreateDirectory(request.OutputDirectory);
        foreach (var (name, bytes) in content.Profile(hash, request.Profile.Name))
        {
            int pause;
            lock (random)
            {
                pause = hurries ? 0 : random.Next(10);
            }

            await Task.Delay(pause, cancellationToken);
            await File.WriteAllBytesAsync(Path.Combine(request.OutputDirectory, name), bytes, cancellationToken);
        }

        return new EncodedProfile { Name = request.Profile.Name, Directory = request.OutputDirectory, Playlist = Content.Playlist, ActualEncoder = "torture" };
    }
}
