using SmartCache.Storage.Platform;
using SmartCache.Torture.Workload;

namespace SmartCache.Torture;

/// <summary>A worker with stages of another shape: it uses the stores themselves and holds leases for a while.</summary>
internal sealed class LeaseJobs(CacheManager cache, Content content, SplitMix random, WorkerReport report)
{
    public async Task HoldSourceAsync(int source, string directory)
    {
        await using var lease = await cache.Sources.TryGetAsync(SourceKey.From(new DownloadRequest(Content.Url(source), "")));
        if (lease is null)
        {
            report.Count("lease none");
            return;
        }

        await UseAsync(lease, content.Source(source), directory);
        await PauseAsync(200);
        if (!File.Exists(lease.Path))
        {
            report.Violate($"the file of a leased source is gone: {lease.Path}");
        }
    }

    public async Task HoldProfileAsync(int source, string directory)
    {
        var name = Content.Profiles[source % Content.Profiles.Length];
        var media = new SourceMedia { ContentHash = content.HashOf(source), Length = content.LengthOf(source) };
        await using var lease = await cache.Profiles.TryGetAsync(ProfileKey.From(media, Content.RecipeOf(new EncodingProfile(name))));
        if (lease is null)
        {
            report.Count("lease none");
            return;
        }

        report.Count("lease");
        var mine = Path.Combine(directory, "profile");
        try
        {
            await lease.MaterializeAsync(mine);
            Served.Check(mine, lease.Outcome, content.Profile(media.ContentHash, name), report);
        }
        catch (IOException) when (!WasIntact(lease.IsIntactAsync()))
        {
            report.Count("lease of a spoilt entry");
        }

        await PauseAsync(200);
        foreach (var (file, _) in content.Profile(media.ContentHash, name))
        {
            if (!File.Exists(Path.Combine(lease.Directory, file)))
            {
                report.Violate($"the file of a leased profile is gone: {lease.Directory}/{file}");
            }
        }
    }

    /// <summary>Produces straight into the staging directory that the cache gives, and looks whether it stays.</summary>
    public async Task ProduceAsync(int source, string directory)
    {
        var right = content.Source(source);
        await using var made = await cache.Sources.GetOrAddAsync(SourceKey.From(new DownloadRequest(Content.Url(source), "")), async (path, cancellationToken) =>
        {
            await File.WriteAllBytesAsync(path, right.AsMemory(0, right.Length / 2), cancellationToken);
            await PauseAsync(150);
            if (!File.Exists(path))
            {
                report.Violate($"the staging of a live producer was swept: {path}");
            }

            await File.WriteAllBytesAsync(path, right, cancellationToken);
        });
        report.Count($"produced {made.Outcome}");
        await UseAsync(made, right, directory);
    }

    private async Task UseAsync(CachedSource lease, byte[] right, string directory)
    {
        report.Count("lease");
        var isCopyOrAlone = FileSystem.Current.Stat(lease.Path) is not { Links: > 1 };
        if (!isCopyOrAlone)
        {
            // The cache had no room for a copy of what a job shares (docs/decisions.md). Whoever locked this file would keep that job from writing into its own.
            report.Count("lease without a copy");
        }

        if (!Read(lease.Path, isCopyOrAlone).AsSpan().SequenceEqual(right) && await lease.IsIntactAsync())
        {
            report.Violate($"wrong bytes under a lease that says it is intact: {lease.Path}");
        }

        var mine = Path.Combine(directory, "leased.mp4");
        try
        {
            await lease.MaterializeAsync(mine);
        }
        catch (IOException) when (!WasIntact(lease.IsIntactAsync()))
        {
            report.Count("lease of a spoilt entry");
            return;
        }

        if (!File.ReadAllBytes(mine).AsSpan().SequenceEqual(right))
        {
            report.Violate($"wrong bytes: materialised from {lease.Path}");
        }

        Spoiling.Apply(mine, random, mayChangeMode: true);
    }

    // With .NET's lock, as workers do: it must not meet a job that writes into a file of its own.
    private static byte[] Read(string path, bool locked)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, locked ? FileShare.Read : FileShare.ReadWrite | FileShare.Delete);
        using var bytes = new MemoryStream();
        file.CopyTo(bytes);
        return bytes.ToArray();
    }

    // In an exception filter nothing can be awaited.
    private static bool WasIntact(ValueTask<bool> intact) => intact.AsTask().GetAwaiter().GetResult();

    private async Task PauseAsync(int longest)
    {
        int pause;
        lock (random)
        {
            pause = random.Next(longest);
        }

        await Task.Delay(pause);
    }
}
