namespace SmartCache.Torture.Workload;

/// <summary>Writes a source in two halves with a pause between, half the time through the resumable partial that the cache offers; or just writes it.</summary>
internal sealed class StubDownloader(Content content, SplitMix random, Action<string> violate, bool hurries) : IVideoDownloader
{
    private static TaskCompletionSource? _gate;

    /// <summary>Whether the download for which <see cref="HoldNext"/> was called has not begun yet.</summary>
    public static bool HoldsNext => Volatile.Read(ref _gate) is not null;

    /// <summary>The next download that hurries waits, after it has begun, until this is done.</summary>
    public static void HoldNext(TaskCompletionSource? gate) => Volatile.Write(ref _gate, gate);

    public async Task<DownloadedVideo> DownloadAsync(DownloadRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var number = int.Parse(Path.GetFileNameWithoutExtension(request.Source), System.Globalization.CultureInfo.InvariantCulture);
        var bytes = content.Source(number);
        if (hurries)
        {
            if (Interlocked.Exchange(ref _gate, null) is { } gate)
            {
                await gate.Task.WaitAsync(cancellationToken);
            }

            await File.WriteAllBytesAsync(request.DestinationPath, bytes, cancellationToken);
            return new DownloadedVideo(request.DestinationPath, bytes.Length);
        }

        int pause;
        bool throughPartial, throughMap, replaces;
        lock (random)
        {
            pause = random.Next(60);
            throughPartial = random.Chance(0.5);
            throughMap = random.Chance(0.1);
            replaces = random.Chance(0.5);
        }

        if (throughPartial && request.PartialPath is { } partial)
        {
            // A name of its own: the cache promises a place, and that nothing in it is swept while it is young.
            var mine = $"{partial}.{Environment.ProcessId}.{Guid.NewGuid():N}";
            await File.WriteAllBytesAsync(mine, bytes.AsMemory(0, bytes.Length / 2), cancellationToken);
            await Task.Delay(pause, cancellationToken);
            if (!File.Exists(mine))
            {
                violate($"the partial of a live download of source {number} was swept");
            }

            File.Delete(mine);
        }

        if (throughMap)
        {
            MappedFiles.Forget(Path.GetDirectoryName(request.DestinationPath)!);
            MappedFiles.Create(request.DestinationPath, bytes);
            return new DownloadedVideo(request.DestinationPath, bytes.Length);
        }

        // Half of them write over what is there, as a tool with a fixed path does.
        if (replaces)
        {
            File.Delete(request.DestinationPath);
        }

        await using (var file = File.Create(request.DestinationPath))
        {
            await file.WriteAsync(bytes.AsMemory(0, bytes.Length / 2), cancellationToken);
            await Task.Delay(pause / 2, cancellationToken);
            progress?.Report(new StageProgress("download") { Bytes = bytes.Length / 2 });
            await file.WriteAsync(bytes.AsMemory(bytes.Length / 2), cancellationToken);
        }

        return new DownloadedVideo(request.DestinationPath, bytes.Length);
    }
}
