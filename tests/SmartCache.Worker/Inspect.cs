using System.Globalization;

namespace SmartCache.Worker;

/// <summary>Looks at all that a cache has, and prints how much of each it found, or the exception that it met.</summary>
internal static class Inspect
{
    public static async Task<int> RunAsync(string root)
    {
        try
        {
            var inspector = CacheInspector.Open(new CacheOptions { Directory = root });
            var layers = await inspector.ReadLayersAsync();
            var entries = await CountAsync(inspector.ReadEntriesAsync(EntryKind.Source)) + await CountAsync(inspector.ReadEntriesAsync(EntryKind.Profile));
            var space = await inspector.ReadSpaceAsync();
            await CountAsync(inspector.ReadQuarantineAsync());
            await CountAsync(inspector.ReadCheckpointsAsync());
            var jobs = await CountAsync(inspector.ReadJobsAsync());
            var targets = await CountAsync(inspector.ReadTargetsAsync());
            var locks = await CountAsync(inspector.ReadLocksAsync()) > 0 ? "locks" : "no lock";
            var history = await CountAsync(inspector.ReadHistoryAsync()) > 0 ? "history" : "no history";
            var used = space.UsedBytes > 0 ? "space" : "no space";
            Console.Out.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{layers.Count(static layer => layer.IsPresent)} layers, {entries} entries, {jobs} jobs, {targets} targets, {locks}, {used}, {history}"));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Console.Out.WriteLine(exception.GetType().Name);
        }

        return 0;
    }

    private static async Task<int> CountAsync<T>(IAsyncEnumerable<T> items)
    {
        var count = 0;
        await foreach (var _ in items)
        {
            count++;
        }

        return count;
    }
}
