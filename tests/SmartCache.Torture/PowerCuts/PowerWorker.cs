using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SmartCache.Torture.Workload;

namespace SmartCache.Torture.PowerCuts;

/// <summary>
/// One of the real workers on the recorded disk: one operation after the other, each noted in the ledger with what the cache told. Sources are a worker's
/// own, so that it knows what may have become of them; the cache, its account, its journals and its disk are everybody's.
/// </summary>
internal sealed partial class PowerWorker : IAsyncDisposable
{
    private const int Sources = 4;

    private readonly string _disk;
    private readonly string _beside;
    private readonly int _number;
    private readonly PowerContent _content;
    private readonly PowerLedger _ledger;
    private readonly SplitMix _random;
    private readonly Dictionary<int, int> _versions = [];
    private readonly HashSet<int> _live = [];
    private readonly HashSet<int> _rotten = [];
    private readonly (string Name, int Weight, Func<Task> Run)[] _operations;
    private ServiceProvider? _services;
    private string? _extraRoot;
    private int _serial;

    /// <param name="disk">The mounted disk.</param>
    /// <param name="beside">A directory that the power cut does not reach.</param>
    /// <param name="number">Which worker.</param>
    /// <param name="seed">Of the recording.</param>
    /// <param name="ledger">Where it notes.</param>
    public PowerWorker(string disk, string beside, int number, ulong seed, PowerLedger ledger)
    {
        (_disk, _beside, _number, _ledger) = (disk, beside, number, ledger);
        _content = new PowerContent(seed);
        _random = new SplitMix(SplitMix.Mix(seed, 8, (ulong)number));
        _content.MakeTree(number, Tree);
        _operations =
        [
            ("publish", 4, PublishAsync), ("hit", 5, HitAsync), ("refresh", 2, RefreshAsync), ("evict", 2, EvictAsync), ("quarantine", 2, QuarantineAsync),
            ("verify", 2, VerifyAsync), ("upload", 4, UploadAsync), ("forget", 5, ForgetAsync), ("clean-up", 5, CleanUpAsync), ("account", 2, AccountAsync),
            ("history", 1, HistoryAsync), ("marker", 1, MarkerAsync), ("shutdown", 1, ShutdownAsync), ("reject", 2, RejectAsync), ("ahead", 3, AheadAsync), ("share", 2, ShareAsync),
        ];
        Open();
    }

    private string Cache => Path.Combine(_disk, "cache");

    private string Tree => Path.Combine(_beside, string.Create(CultureInfo.InvariantCulture, $"tree-{_number}"));

    private CacheManager Manager => _services!.GetRequiredService<CacheManager>();

    private int First => _number * PowerContent.OfOneWorker;

    public async Task RunAsync(TimeSpan time)
    {
        var clock = Stopwatch.StartNew();

        // Each once in an order of its own, so that all have their share of a short recording; then as it comes.
        var queue = new Queue<int>(Enumerable.Range(0, _operations.Length).OrderBy(_ => _random.Next()));
        await DoAsync("publish", PublishAsync);
        while (clock.Elapsed < time)
        {
            var (name, _, run) = _operations[queue.TryDequeue(out var one) ? one : Pick()];
            await DoAsync(name, run);
        }
    }

    /// <summary>Goes through everything once, somewhere else, so that the recording has no time in it in which code is compiled.</summary>
    public async Task WarmUpAsync()
    {
        foreach (var (name, _, run) in _operations)
        {
            await DoAsync(name, run);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _services!.DisposeAsync();
        _ledger.Dispose();
    }

    private int Pick()
    {
        var place = _random.Next(_operations.Sum(static operation => operation.Weight));
        var i = 0;
        for (; place >= _operations[i].Weight; i++)
        {
            place -= _operations[i].Weight;
        }

        return i;
    }

    private async Task DoAsync(string name, Func<Task> run)
    {
        Note($"begin {name}");
        try
        {
            await run();
        }
        catch (Exception exception)
        {
            Note($"violation {name} failed: {exception.ToString().ReplaceLineEndings(" ")}");
        }

        Note($"end {name}");
    }

    private void Open() => _services = NewServices(Cache, PowerServices.Room);

    private ServiceProvider NewServices(string root, long maxSize, string? history = null, IObjectStore? store = null) => PowerServices.Build(
        root, _content, maxSize, source => _versions.GetValueOrDefault(source), (level, line) => { if (level >= LogLevel.Error) { Note("log " + line.ReplaceLineEndings(" ")); } }, history, store);

    private void Note(string line) => _ledger.Add(line);

    /// <summary>Where a job works: on the recorded disk, from which files are linked, or beside it, from where they are copied.</summary>
    private string NewWork()
    {
        var directory = Path.Combine(_random.Chance(0.5) ? Path.Combine(_disk, "work") : _beside, string.Create(CultureInfo.InvariantCulture, $"job-{_number}-{++_serial}"));
        Directory.CreateDirectory(directory);
        return directory;
    }

    private int PickSource(bool live)
    {
        var fitting = Enumerable.Range(First, Sources).Where(source => _live.Contains(source) == live && !_rotten.Contains(source)).ToArray();
        return fitting.Length > 0 ? fitting[_random.Next(fitting.Length)] : First + _random.Next(Sources);
    }

    /// <summary>What the cache said is published, by <see cref="CacheManager.FlushAsync"/>. Told first and looked at then: what somebody evicted in between is noted as gone.</summary>
    private void Claim(string root, int source, string? profile = null)
    {
        var version = _versions.GetValueOrDefault(source);
        var entry = profile is null ? _content.HashOf(source, version)[..32] : _content.KeyOf(source, version, profile).Name;
        var key = profile is null ? $"s:{source}" : $"p:{source}:{version}:{profile}";
        var name = Path.GetFileName(root);
        Note($"has {name} {key} {entry} {version}");
        if (!File.Exists(Path.Combine(root, profile is null ? "sources" : "profiles", entry, "manifest.json"))
            || (profile is null && !File.Exists(Path.Combine(root, "sources", "keys", PowerContent.KeyOf(source).Name + ".json"))))
        {
            Note($"gone {name} {key}");
        }
    }

    private async Task<CacheOutcome> DownloadAsync(ServiceProvider services, string root, int source, string work, CacheUse use = CacheUse.Use)
    {
        var version = _versions.GetValueOrDefault(source);
        Note($"may {Path.GetFileName(root)} {source} {version}");
        var path = Path.Combine(work, $"{source}.mp4");
        var video = await services.GetRequiredService<IVideoDownloader>().DownloadAsync(new DownloadRequest(PowerContent.Url(source), path) { JobId = $"job-{source}", Use = use });
        if (Content.Hash(await File.ReadAllBytesAsync(path)) != _content.HashOf(source, version) && !_rotten.Contains(source))
        {
            Note($"violation wrong bytes of source {source}, {video.Outcome}");
        }

        return video.Outcome;
    }

    private async Task EncodeAsync(ServiceProvider services, int source, string work, string profile)
    {
        var video = new DownloadedVideo(Path.Combine(work, $"{source}.mp4"), _content.LengthOf(source, _versions.GetValueOrDefault(source)));
        var encoded = await services.GetRequiredService<IProfileEncoder>().EncodeAsync(new EncodeRequest(video, new EncodingProfile(profile), Path.Combine(work, profile)) { JobId = $"job-{source}" });
        foreach (var (name, bytes) in _content.Encodes.Profile(_content.HashOf(source, _versions.GetValueOrDefault(source)), profile))
        {
            if (!(await File.ReadAllBytesAsync(Path.Combine(encoded.Directory, name))).AsSpan().SequenceEqual(bytes))
            {
                Note($"violation wrong bytes of profile {profile} of source {source}, {encoded.Outcome}");
            }
        }
    }
}
