using System.Diagnostics;
using System.Globalization;

namespace SmartCache.Pool;

/// <summary>How much memory eight large transfers at once take on top.</summary>
internal static class MemoryFigures
{
    private const int AtOnce = 8;

    public static async Task RunAsync(PoolPlace place)
    {
        using (var small = await StoredPack.MakeAsync(place, 1, 96 << 20))
        {
            // For the code, which is there before.
            await small.PutAsync();
            await small.FetchWholeAsync(place.Fresh("in"));
        }

        using var entry = await StoredPack.MakeAsync(place, 1, 1 << 30);
        await entry.PutAsync();
        GC.Collect();
        using var self = Process.GetCurrentProcess();
        self.Refresh();
        var before = self.WorkingSet64;
        var most = before;
        var directories = Enumerable.Range(0, AtOnce).Select(_ => place.Fresh("in")).ToArray();
        var all = Task.WhenAll(directories.Select(to => entry.FetchAsync(to)));
        while (await Task.WhenAny(all, Task.Delay(20)) != all)
        {
            self.Refresh();
            most = Math.Max(most, self.WorkingSet64);
        }

        var results = (await all).Distinct().ToArray();
        foreach (var directory in directories)
        {
            PoolPlace.Clear(directory);
        }

        Targets.AtMost($"{AtOnce} fetches of 1 GiB at once: resident memory on top", (most - before) / (double)(1 << 20), 100, " MiB", string.Create(CultureInfo.InvariantCulture, $"{before >> 20} MiB before"));
        Targets.Print("those fetches: results", results is [Remote.RemoteResult.Found], string.Join('/', results), "Found");
    }
}
