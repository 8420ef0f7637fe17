using SmartCache.Torture.Audit;
using SmartCache.Torture.Steps;

namespace SmartCache.Torture.WeakDisk;

/// <summary>A state laid out in a directory, and what a cache makes of it.</summary>
internal static class WeakAudit
{
    private const int Newcomer = 9;
    private const long LeastLimit = 1_000_000;
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    public static async Task<List<string>> RunAsync(Operation operation, WeakState state, string root)
    {
        LayOut(state, root);
        var violations = new List<string>();
        try
        {
            await using var test = new StepCase(root);
            if (operation.Adopts)
            {
                // The note of it lies outside of what is recorded.
                await File.WriteAllTextAsync(test.Paths.Adoption, "");
            }

            Operation.AdoptAgain(test);
            await test.OpenAsync();
            await LookAsync(operation, state, test, violations).WaitAsync(Bound);
            await LimitAsync(test, violations).WaitAsync(Bound);
        }
        catch (Exception exception)
        {
            violations.Add($"the recovery failed: {exception}");
        }

        return violations;
    }

    private static async Task LookAsync(Operation operation, WeakState state, StepCase test, List<string> violations)
    {
        await CaseAudit.LookForForgottenAsync(test, violations);
        violations.AddRange((await Promise.BrokenAsync(test, afterPowerCut: true)).Select(broken => $"{broken}: {string.Join("; ", test.Log)}"));
        foreach (var promise in operation.Keeps)
        {
            if (!await promise.IsKept(test))
            {
                violations.Add($"held before, and is not kept: {promise.Name}");
            }
        }

        if (state.IsEnd || operation.ConfirmsAtOnce)
        {
            violations.AddRange(JournalAudit.Run(test.Paths.Cache, test.Paths.Ledger, test.Paths.Bucket).Violations);
        }

        if (operation.HasRot)
        {
            // Nobody had read it when the power went: what is served of it is not the cache's fault.
            return;
        }

        await test.DownloadAsync();
        await test.EncodeAsync();
        await test.UploadAsync();
        var (download, encode) = (await test.DownloadAsync(), await test.EncodeAsync());
        if (download is not (CacheOutcome.Hit or CacheOutcome.Prefetched) || encode != CacheOutcome.Hit)
        {
            violations.Add($"after the recovery the source is a {download} and the profile a {encode}: {string.Join("; ", test.Log)}");
        }
    }

    /// <summary>A limit into which one more entry does not fit: something goes for it, or it is not stored.</summary>
    private static async Task LimitAsync(StepCase test, List<string> violations)
    {
        var length = StepCase.Content.LengthOf(Newcomer);
        if (EntrySpace.Of(test.Paths.Cache) + (length / 2) is var limit && limit < LeastLimit)
        {
            return;
        }

        await test.OpenAsync(maxSize: limit);
        await test.DownloadAsync(Newcomer);
        if (EntrySpace.Of(test.Paths.Cache) is var lies && lies > limit)
        {
            violations.Add($"{lies} bytes lie there, and the limit is {limit}");
        }
    }

    private static void LayOut(WeakState state, string root)
    {
        Directory.CreateDirectory(root);
        foreach (var (name, bytes) in state.Notes)
        {
            File.WriteAllBytes(Path.Combine(root, name), bytes);
        }

        foreach (var (path, bytes) in state.Tree)
        {
            var full = Path.Combine(root, path);
            if (bytes is null)
            {
                Directory.CreateDirectory(full);
                continue;
            }

            File.WriteAllBytes(full, bytes.Content);
            ExactTime.Set(full, bytes.Modified);
        }
    }
}
