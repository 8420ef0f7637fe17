using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using SmartCache.Torture.Audit;
using SmartCache.Torture.Workload;

namespace SmartCache.Torture;

/// <summary>Everything that is looked at when the workers are gone. This process has not touched the cache before: it is a new worker.</summary>
internal sealed class TortureAudit(TortureOptions options, RunPaths paths, Content content)
{
    public async Task<TortureSummary> RunAsync(long maximum)
    {
        var summary = new TortureSummary();
        summary.ReadReports(paths.Reports);
        using var report = new WorkerReport(paths.Report(0));
        var found = new EntryAudit(paths.Cache, content).Run();
        summary.Add("entries after the last kill", found.Entries, $"{found.Noticeable} file(s) spoilt by the owner of their link, and noticed", found.Violations);
        var (lost, confirmations) = JournalAudit.Run(paths.Cache, paths.Ledger, paths.Bucket);
        summary.Add("confirmations", confirmations, "in the ledger, all in the journals", lost);

        var clock = Stopwatch.StartNew();
        await using (var services = Open(summary, report, options.MaxSize))
        {
            var cleaned = await services.GetRequiredService<CacheManager>().CleanupAsync();
            summary.Add("clean-up by a new process", cleaned.Leftovers, $"leftovers swept in {clock.Elapsed.TotalSeconds:F1} s", []);
            await services.GetRequiredService<CacheManager>().FlushAsync();
        }

        summary.Add("leftovers after it", 0, "", LeftoverAudit.Run(paths.Cache));
        // With room for everything: an entry that is evicted at once, because those of unfinished jobs fill the cache, is not stuck.
        await using (var services = Open(summary, report, options.MaxSize * 20))
        {
            var verified = await services.GetRequiredService<CacheManager>().VerifyAsync();
            var sound = new EntryAudit(paths.Cache, content).Run();
            sound.Violations.AddRange(sound.Noticeable == 0 ? [] : [$"{sound.Noticeable} file(s) of entries are wrong after a verification"]);
            summary.Add("entries after a verification", sound.Entries, $"{verified.Quarantined} quarantined", sound.Violations);

            var work = paths.Work(0);
            Directory.CreateDirectory(work);
            var stuck = await new StuckKeyAudit(services, content, work).RunAsync();
            summary.Add("keys made again", stuck.Keys, $"longest {stuck.Longest.TotalSeconds:F2} s", stuck.Violations);
        }

        var over = maximum > options.MaxSize && options.QuotaIsHard ? [$"usage of {maximum} bytes passed MaxSize"] : new List<string>();
        summary.Add("most bytes on disk", maximum, $"{100.0 * maximum / options.MaxSize:F1} % of MaxSize", over);
        return summary;
    }

    private ServiceProvider Open(TortureSummary summary, WorkerReport report, long maxSize) => TortureServices.Build(
        paths, content, maxSize, new SplitMix(options.Seed), new LineFile(paths.Ledger), summary.Violations.Add, report.Log, isShared: options.IsShared);
}
