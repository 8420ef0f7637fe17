using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SmartCache.Torture.Audit;
using SmartCache.Torture.Workload;
using SmartCache.Uploads;

namespace SmartCache.Torture.PowerCuts;

/// <summary>
/// A cache manager opened on a recovered disk, in this process: what it serves, what it offers as confirmed, what it still has of what was told, whether it
/// takes new entries, and whether it passes its limit.
/// </summary>
internal sealed class ImageAudit(ImageLane lane, PowerContent content, ToldState told, string trees, int workers)
{
    private const int Newcomer = 90_000; // a number of nobody's
    private const long LeastLimit = 2_000_000;

    public List<string> Violations { get; } = [];

    /// <summary>Entries reported published, and how many of them are no hit.</summary>
    public int Asked { get; private set; }

    public int Lost { get; private set; }

    public async Task RunAsync()
    {
        try
        {
            await using (var services = Build(Path.Combine(lane.Root, "cache"), PowerServices.Room))
            {
                var manager = services.GetRequiredService<CacheManager>();
                await LookAsync(manager, "cache");
                await ConfirmationsAsync(manager);
            }

            foreach (var (root, path) in told.Roots)
            {
                await using var services = Build(lane.Root + path, PowerServices.Room);
                var manager = services.GetRequiredService<CacheManager>();
                await LookAsync(manager, root);
                await AddAsync(manager, root, Newcomer);
            }

            await LimitAsync();
        }
        catch (Exception exception)
        {
            Violations.Add($"the audit failed: {exception}");
        }
    }

    private ServiceProvider Build(string root, long maxSize) => PowerServices.Build(root, content, maxSize, static _ => 0, (level, line) =>
    {
        if (level >= LogLevel.Error)
        {
            lock (Violations)
            {
                Violations.Add("logged: " + line);
            }
        }
    });

    private async Task LookAsync(CacheManager manager, string root)
    {
        foreach (var ((_, source), (least, most)) in told.Versions.Where(known => known.Key.Root == root).OrderBy(static known => known.Key.Source))
        {
            var text = source.ToString(CultureInfo.InvariantCulture);
            await SourceAsync(manager, root, source, text, least, most);
            for (var version = Math.Max(0, most - 2); version <= most; version++)
            {
                foreach (var profile in PowerContent.Profiles)
                {
                    await ProfileAsync(manager, root, source, version, profile);
                }
            }
        }
    }

    private async Task SourceAsync(CacheManager manager, string root, int source, string text, int least, int most)
    {
        await using var lease = await manager.Sources.TryGetAsync(PowerContent.KeyOf(source));
        Ask(root, "s:" + text, lease is not null);
        if (lease is null)
        {
            return;
        }

        if (told.Removed.Contains((root, text)))
        {
            Violations.Add($"{root}: source {source} was removed, and is served");
        }

        var hash = HashOf(lease.Path);
        if (!told.Rotten.Contains((root, text)) && !Enumerable.Range(least, most - least + 1).Any(version => content.HashOf(source, version) == hash))
        {
            var old = Enumerable.Range(0, least).Where(version => content.HashOf(source, version) == hash).Select(static version => $", which is version {version}");
            Violations.Add($"{root}: wrong bytes of source {source}, version {least} to {most}{string.Concat(old)}");
        }
    }

    private async Task ProfileAsync(CacheManager manager, string root, int source, int version, string profile)
    {
        await using var lease = await manager.Profiles.TryGetAsync(content.KeyOf(source, version, profile));
        Ask(root, string.Create(CultureInfo.InvariantCulture, $"p:{source}:{version}:{profile}"), lease is not null);
        foreach (var (name, hash) in lease is null ? [] : content.ProfileOf(content.HashOf(source, version), profile))
        {
            if (HashOf(Path.Combine(lease!.Directory, name)) != hash)
            {
                Violations.Add($"{root}: wrong bytes in {name} of profile {profile} of source {source}, version {version}");
            }
        }
    }

    private void Ask(string root, string key, bool isHit)
    {
        if (told.Published.Contains((root, key)))
        {
            Asked++;
            if (!isHit)
            {
                Lost++;
                Violations.Add($"{root}: {key} was reported published, and is no hit");
            }
        }
    }

    private async Task ConfirmationsAsync(CacheManager manager)
    {
        for (var worker = 0; worker < workers; worker++)
        {
            foreach (var target in StubUploader.Targets)
            {
                await using var session = (UploadSession)await manager.Uploads.OpenAsync(new UploadRequest("audit", Path.Combine(trees, $"tree-{worker}")) { Target = target, Use = CacheUse.NoStore });
                var checkpoint = session.For(target);
                foreach (var file in session.Files)
                {
                    var claim = (target.Id, file.Sha256);
                    var isOffered = checkpoint.TryGetCid(file, out var cid) || session.Recorded is not null;
                    if (isOffered && (!told.Offered.Contains(claim) || told.Forgotten.Contains(claim) || (cid is not null && cid != Content.CidOf(target.Id, file.Sha256))))
                    {
                        Violations.Add($"{target.Id} does not have {file.Sha256[..12]}, and the cache says so{(told.Forgotten.Contains(claim) ? " although it was taken back" : "")}");
                    }
                    else if (!isOffered && told.Confirmed.Contains(claim))
                    {
                        Violations.Add($"the confirmation of {file.Sha256[..12]} on {target.Id} was reported kept, and is lost");
                    }
                }
            }
        }
    }

    /// <summary>A new entry is stored at once, and is a hit.</summary>
    private async Task AddAsync(CacheManager manager, string root, int source)
    {
        await using (var added = await manager.Sources.AddAsync(PowerContent.KeyOf(source), NewFile(source)))
        {
            await manager.FlushAsync();
        }

        await using var lease = await manager.Sources.TryGetAsync(PowerContent.KeyOf(source));
        if (lease is null)
        {
            Violations.Add($"{root}: a new entry cannot be stored");
        }
    }

    /// <summary>A limit into which one more entry does not fit: something goes for it, or it is not stored.</summary>
    private async Task LimitAsync()
    {
        var cache = Path.Combine(lane.Root, "cache");
        var file = NewFile(Newcomer + 1);
        var limit = EntrySpace.Of(cache) + (new FileInfo(file).Length / 2);
        if (limit < LeastLimit)
        {
            return;
        }

        await using (var services = Build(cache, limit))
        {
            var manager = services.GetRequiredService<CacheManager>();
            await using (await manager.Sources.AddAsync(PowerContent.KeyOf(Newcomer + 1), file))
            {
                await manager.FlushAsync();
            }

            if (EntrySpace.Of(cache) is var lies && lies > limit)
            {
                Violations.Add($"cache: {lies} bytes lie there, and the limit is {limit}");
            }
        }
    }

    private string NewFile(int source)
    {
        var path = Path.Combine(trees, string.Create(CultureInfo.InvariantCulture, $"new-{source}.mp4"));
        if (!File.Exists(path))
        {
            var made = path + Guid.NewGuid().ToString("N");
            File.WriteAllBytes(made, content.Source(source, 0));
            File.Move(made, path, overwrite: true);
        }

        return path;
    }

    private string HashOf(string path) => lane.Files.TryGetValue(path, out var hash) ? hash : Content.Hash(File.ReadAllBytes(path));
}
