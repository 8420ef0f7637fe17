using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using SmartCache.Torture.Workload;

namespace SmartCache.Torture;

/// <summary>One worker: two lanes of random jobs on the shared cache, until it is killed or told to stop.</summary>
internal sealed class WorkerLoop : IAsyncDisposable
{
    private const int Lanes = 2;

    private readonly string _work;
    private readonly SplitMix _random;
    private readonly WorkerReport _report;
    private readonly LineFile _ledger;
    private readonly ServiceProvider _services;
    private readonly RandomJobs _jobs;
    private int _serial;

    public WorkerLoop(RunPaths paths, ulong seed, int worker, long maxSize)
    {
        _work = paths.Work(worker);
        Directory.CreateDirectory(_work);
        _random = new SplitMix(SplitMix.Mix(seed, 4, (ulong)worker));
        _report = new WorkerReport(paths.Report(worker));
        _ledger = new LineFile(paths.Ledger);
        var content = new Content(seed, maxSize);
        _services = TortureServices.Build(paths, content, maxSize, _random, _ledger, _report.Violate, _report.Log);
        _jobs = new RandomJobs(_services, content, _random, _report);
    }

    public async Task RunAsync(CancellationToken stop)
    {
        await Task.WhenAll(Enumerable.Range(0, Lanes).Select(_ => Task.Run(() => LaneAsync(stop), CancellationToken.None)));
        await _services.GetRequiredService<CacheManager>().FlushAsync(CancellationToken.None);
    }

    public async Task WarmUpAsync()
    {
        await _jobs.WarmUpAsync(_work);
        await _services.GetRequiredService<CacheManager>().FlushAsync(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        _ledger.Dispose();
        _report.Dispose();
    }

    private async Task LaneAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var directory = Path.Combine(_work, Interlocked.Increment(ref _serial).ToString(CultureInfo.InvariantCulture));
            Directory.CreateDirectory(directory);
            try
            {
                await _jobs.NextAsync(directory);
                Directory.Delete(directory, recursive: true);
            }
            catch (Exception exception)
            {
                // The first law: nothing that the stubs did not throw may come out of the cache.
                _report.Violate($"a job failed: {exception}");
            }
        }
    }
}
