using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using SmartCache.Configuration;
using SmartCache.Storage.Platform;
using SmartCache.Tests.Support;
using SmartCache.Worker.WholeJob;

namespace SmartCache.Tests.Hostile.Trouble;

/// <summary>Where one job and its retry run, with the trouble that befalls them. A trouble sets it up; then the job runs on it, with a cache or without.</summary>
internal sealed class Scene : IDisposable
{
    private readonly Stack<Action> _mends = new();
    private readonly Stack<IDisposable> _owned = new();
    private readonly string _root = Directory.CreateTempSubdirectory("smartcache-trouble-").FullName;

    public Scene()
    {
        Cache = Path.Combine(_root, "cache");
        Node = Path.Combine(_root, "node");
        Stages = new WorkerStages(Node);
        Plan = new AttemptPlan(Directory.CreateDirectory(Path.Combine(_root, "work")).FullName);
    }

    /// <summary>The cache's directory, which the cache is to make.</summary>
    public string Cache { get; set; }

    public string Node { get; }

    public string Elsewhere => _root;

    public WorkerStages Stages { get; }

    public AttemptPlan Plan { get; set; }

    public Dictionary<string, string?> Settings { get; } = [];

    /// <summary>What the worker plugs into its host.</summary>
    public Action<IServiceCollection> PlugIn { get; set; } = static _ => { };

    /// <summary>What the cache has for a file system, where no real one can be made that way.</summary>
    public FileSystem? Disk { get; set; }

    /// <summary>What happens between the first attempt and its retry.</summary>
    public Action Between { get; set; } = static () => { };

    /// <summary>Who runs an attempt where it is a process of its own, given the arguments of the verb.</summary>
    public Func<string[], WorkerProcess>? Process { get; set; }

    /// <summary>What must be so at the end.</summary>
    public Action After { get; set; } = static () => { };

    /// <summary>Lets something happen in the middle of a stage's first run.</summary>
    public void During(string stage, Action happens)
    {
        var first = 1;
        Stages.During = running =>
        {
            if (running == stage && Interlocked.Exchange(ref first, 0) == 1)
            {
                happens();
            }
        };
    }

    /// <summary>What is undone before the worker ends.</summary>
    public void Mend(Action mend) => _mends.Push(mend);

    public T Own<T>(T owned)
        where T : IDisposable
    {
        _owned.Push(owned);
        return owned;
    }

    /// <summary>The cache on a file system of its own.</summary>
    public Mount CacheOn(Mount mount)
    {
        Cache = Path.Combine(Own(mount).Path, "cache");
        return mount;
    }

    /// <summary>Cache and work on one file system.</summary>
    public Mount AllOn(Mount mount)
    {
        CacheOn(mount);
        Plan = Plan with { Work = Directory.CreateDirectory(Path.Combine(mount.Path, "work")).FullName };
        return mount;
    }

    public void MendAll()
    {
        while (_mends.TryPop(out var mend))
        {
            mend();
        }
    }

    public void Dispose()
    {
        MendAll();
        while (_owned.TryPop(out var owned))
        {
            owned.Dispose();
        }

        Delete();
    }

    // What was given up while the disk hung goes on when it is mended, and may still make a file.
    private void Delete()
    {
        for (var began = Stopwatch.StartNew(); ;)
        {
            try
            {
                Directory.Delete(_root, recursive: true);
                return;
            }
            catch (IOException) when (began.Elapsed < HangGuard.Limit)
            {
                Thread.Yield();
            }
        }
    }

    /// <summary>As <c>AddSmartCache()</c> makes it, but for the file system.</summary>
    public void AddDisk(IServiceCollection services)
    {
        if (Disk is { } disk)
        {
            services.AddSingleton(provider => new CacheManager(new CacheServices(
                provider.GetRequiredService<ICacheSettingsSource>(),
                provider.GetRequiredService<Microsoft.Extensions.Logging.ILoggerFactory>().CreateLogger(nameof(SmartCache)),
                provider.GetRequiredService<TimeProvider>())
            {
                FileSystem = disk,
            }));
        }
    }
}
