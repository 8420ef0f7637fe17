using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using SmartCache.Torture.Workload;

namespace SmartCache.Torture;

/// <summary>One worker: two lanes of random jobs on the shared cache, until it is killed or told to stop.</summary>
internal sealed class WorkerLoop : IAsyncDisposable
{
    private const int Lanes = 2;
    private const int MostRefusals = 5;
    private const int NoSpaceLeft = 28; // ENOSPC

    private readonly string _work;
    private readonly SplitMix _random;
    private readonly WorkerReport _report;
    private readonly LineFile _ledger;
    private readonly ServiceProvider _services;
    private readonly RandomJobs _jobs;
    private readonly bool _isScarce;
    private int _serial;

    public WorkerLoop(RunPaths paths, TortureOptions options, int worker)
    {
        _work = paths.Work(worker);
        _isScarce = options.Medium == Medium.FewInodes;
        Directory.CreateDirectory(_work);
        _random = new SplitMix(SplitMix.Mix(options.Seed, 4, (ulong)worker));
        _report = new WorkerReport(paths.Report(worker));
        _ledger = new LineFile(paths.Ledger);
        var content = new Content(options.Seed, options.MaxSize);
        _services = TortureServices.Build(paths, content, options.MaxSize, _random, _ledger, _report.Violate, _report.Log, isShared: options.IsShared, checkpoints: true);
        _jobs = new RandomJobs(_services, content, _random, _report);
    }

    public async Task RunAsync(CancellationToken stop)
    {
        await Task.WhenAll(Enumerable.Range(0, Lanes).Select(lane => Task.Run(() => LaneAsync(lane, stop), CancellationToken.None)));
        await _services.GetRequiredService<CacheManager>().FlushAsync(CancellationToken.None);
    }

    public async Task WarmUpAsync()
    {
        await _jobs.WarmUpAsync(_work, FixedPath(0));
        await _services.GetRequiredService<CacheManager>().FlushAsync(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        _ledger.Dispose();
        _report.Dispose();
    }

    /// <summary>Where a worker that knows only one place for its source downloads, job after job.</summary>
    private string FixedPath(int lane) => Path.Combine(_work, string.Create(CultureInfo.InvariantCulture, $"fixed-{lane}.mp4"));

    private async Task LaneAsync(int lane, CancellationToken stop)
    {
        var refused = 0;
        while (!stop.IsCancellationRequested)
        {
            var directory = Path.Combine(_work, Interlocked.Increment(ref _serial).ToString(CultureInfo.InvariantCulture));
            Directory.CreateDirectory(directory);
            try
            {
                await _jobs.NextAsync(directory, FixedPath(lane));
                refused = 0;
            }
            catch (IOException exception) when (exception.HResult == NoSpaceLeft && refused < MostRefusals && _isScarce)
            {
                // Other jobs had taken the last inodes; the cache has to give way before this one has been tried too often.
                _report.Count("job refused by the disk");
                refused++;
                await Task.Delay(500, CancellationToken.None);
            }
            catch (Exception exception)
            {
                // The first law: nothing that the stubs did not throw may come out of the cache.
                _report.Violate($"a job failed: {exception}");
            }

            MappedFiles.Forget(directory);
            Directory.Delete(directory, recursive: true);
        }
    }
}
