using SmartCache.Torture.Audit;
using SmartCache.Torture.Workload;

namespace SmartCache.Torture.Steps;

/// <summary>Looks at the cache that an operation left, and lets a new worker use and clean it.</summary>
internal static class CaseAudit
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    /// <summary>As it lies there: entries whole, confirmations in the journals, an account that leaves nothing out.</summary>
    /// <param name="root">The case.</param>
    /// <param name="discards">Whether what goes could be deleted. Where the disk did not let go of it, it lies in the trash until the next count finds it there.</param>
    /// <param name="counts">Whether a count saw what lies there.</param>
    /// <param name="readsTheJobs">Whether the job's own files could be looked at: a file of which nobody can say whether it changed is not recorded as sent.</param>
    /// <param name="treeCovers">Whether a confirmation may be lost where that of the whole tree was written: see <see cref="JournalAudit.Run"/>.</param>
    /// <param name="mayLackManifest">Whether an entry may: see <see cref="EntryAudit"/>.</param>
    public static List<string> AsItLies(string root, bool discards = true, bool counts = true, bool readsTheJobs = true, bool treeCovers = false, bool mayLackManifest = false)
    {
        var paths = new Workload.RunPaths(root);
        var violations = new EntryAudit(paths.Cache, StepCase.Content, mayLackManifest).Run().Violations;
        if (readsTheJobs)
        {
            violations.AddRange(JournalAudit.Run(paths.Cache, paths.Ledger, paths.Bucket, treeCovers).Violations);
        }

        if (counts)
        {
            violations.AddRange(AccountAudit.TooLow(paths.Cache, discards));
        }

        return violations;
    }

    /// <summary>A new worker: every job gets the right bytes soon, hits afterwards, and a clean-up leaves nothing lying about.</summary>
    public static async Task<List<string>> AfterRecoveryAsync(string root)
    {
        var violations = AsItLies(root);
        try
        {
            await using (var test = new StepCase(root))
            {
                Operation.AdoptAgain(test);
                var shares = Directory.Exists(Path.Combine(root, "bucket"));
                await test.OpenAsync(checkpoints: true, shares: shares);
                await LookForForgottenAsync(test, violations);
                violations.AddRange(await Promise.BrokenAsync(test));
                await UseAsync(test).WaitAsync(Bound);
                await test.Cache.CleanupAsync();
                var (download, encode) = (await test.DownloadAsync(), await test.EncodeAsync());
                if (download is not (CacheOutcome.Hit or CacheOutcome.Prefetched) || encode != CacheOutcome.Hit)
                {
                    violations.Add($"after the recovery the source is a {download} and the profile a {encode}");
                }

                if (shares)
                {
                    await LookForOwedAsync(test, violations);
                }
            }

            violations.AddRange(LeftoverAudit.Run(Path.Combine(root, "cache")));
            violations.AddRange(AccountAudit.TooHigh(Path.Combine(root, "cache")));
            violations.AddRange(AsItLies(root));
        }
        catch (Exception exception)
        {
            violations.Add($"the recovery failed: {exception}");
        }

        return violations;
    }

    /// <summary>What was taken back before the crash must not be offered after it: its target has lost it.</summary>
    public static async Task LookForForgottenAsync(StepCase test, List<string> violations)
    {
        if (File.Exists(test.Paths.Forgotten))
        {
            var forgotten = LineFile.Read(test.Paths.Forgotten);
            await using var session = await test.OpenSessionAsync();
            var checkpoint = session.For(StubUploader.Targets[0]);
            violations.AddRange(session.Files
                .Where(file => forgotten.Contains(file.Sha256) && checkpoint.TryGetCid(file, out _))
                .Select(file => $"a confirmation that was taken back is offered: {file.Sha256}"));
        }
    }

    /// <summary>What is owed arrives, and what arrived is whole.</summary>
    private static async Task LookForOwedAsync(StepCase test, List<string> violations)
    {
        var outbox = Path.Combine(test.Paths.Cache, "remote", "outbox");
        using var patience = new CancellationTokenSource(Bound);
        while (Directory.Exists(outbox) && Directory.GetFiles(outbox).Length > 0 && !patience.IsCancellationRequested)
        {
            await test.Cache.CleanupAsync();
            await test.Cache.FlushAsync();
        }

        violations.AddRange((Directory.Exists(outbox) ? Directory.GetFiles(outbox) : []).Select(static path => $"owed for ever: {Path.GetFileName(path)}"));
        violations.AddRange(BucketAudit.Run(test.Paths.Bucket));
    }

    private static async Task UseAsync(StepCase test)
    {
        await test.DownloadAsync();
        await test.EncodeAsync();
        await test.UploadAsync();
    }
}
