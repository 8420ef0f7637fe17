namespace SmartCache.Torture.Workload;

/// <summary>Makes a small HLS profile out of the bytes that it really finds in its source; what an attempt before has finished of it, where it is given a checkpoint, it takes from there.</summary>
internal sealed class StubEncoder(Content content, SplitMix random, bool hurries) : IProfileEncoder
{
    /// <summary>The job whose encodes end before their last segment.</summary>
    public const string DyingJob = "dying";

    public ValueTask<EncodeRecipe> DescribeAsync(SourceMedia source, EncodingProfile profile, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(Content.RecipeOf(profile));

    public async Task<EncodedProfile> EncodeAsync(EncodeRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var hash = Content.Hash(await File.ReadAllBytesAsync(request.Source.Path, cancellationToken));
        Directory.CreateDirectory(request.OutputDirectory);
        var found = request.Checkpoint is { } checkpoint ? (await checkpoint.OpenAsync("stub/1", cancellationToken)).ToDictionary(static part => part.Start) : [];
        var files = content.Profile(hash, request.Profile.Name).ToList();
        for (var i = 0; i < files.Count; i++)
        {
            var (name, bytes) = files[i];
            var path = Path.Combine(request.OutputDirectory, name);
            if (found.TryGetValue(TimeSpan.FromSeconds(i), out var part) && TryTake(part.Path, path))
            {
                continue;
            }

            if (request.JobId == DyingJob && i == files.Count - 2)
            {
                throw new StageException("died before its last segment") { IsTransient = true };
            }

            int pause;
            lock (random)
            {
                pause = hurries ? 0 : random.Next(10);
            }

            await Task.Delay(pause, cancellationToken);
            await File.WriteAllBytesAsync(path, bytes, cancellationToken);
            if (request.Checkpoint is not null && name != Content.Playlist)
            {
                await request.Checkpoint.RecordAsync(new EncodePartFile(path, TimeSpan.FromSeconds(i), TimeSpan.FromSeconds(1)), cancellationToken);
            }
        }

        return new EncodedProfile { Name = request.Profile.Name, Directory = request.OutputDirectory, Playlist = Content.Playlist, ActualEncoder = "torture" };
    }

    private static bool TryTake(string part, string path)
    {
        try
        {
            File.Copy(part, path, overwrite: true);
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A part that cannot be read is a part that is not there.
            return false;
        }
    }
}
