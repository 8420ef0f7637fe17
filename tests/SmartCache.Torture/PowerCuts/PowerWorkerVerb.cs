using System.Globalization;

namespace SmartCache.Torture.PowerCuts;

/// <summary>The verb <c>power-worker</c>: says that it is ready, goes when it is told to, and never outlives its parent.</summary>
internal static class PowerWorkerVerb
{
    public static async Task<int> RunAsync(string disk, string beside, string log, string number, string seed, string seconds)
    {
        var worker = int.Parse(number, CultureInfo.InvariantCulture);
        var mixed = ulong.Parse(seed, CultureInfo.InvariantCulture);
        var warm = Path.Combine(beside, "warm-" + number);
        await using (var before = new PowerWorker(Path.Combine(warm, "disk"), Path.Combine(warm, "beside"), worker, mixed, LedgerIn(warm, log, worker)))
        {
            await before.WarmUpAsync();
        }

        Directory.Delete(warm, recursive: true);
        await using var after = new PowerWorker(disk, beside, worker, mixed, LedgerIn(beside, log, worker));
        Console.Out.WriteLine("ready");
        Console.Out.Flush();
        if (Console.In.ReadLine() != "go")
        {
            return 0;
        }

        new Thread(static () =>
        {
            if (Console.In.ReadLine() is null)
            {
                Environment.Exit(3); // the parent is gone
            }
        }) { IsBackground = true }.Start();
        await after.RunAsync(TimeSpan.FromSeconds(double.Parse(seconds, CultureInfo.InvariantCulture)));
        return 0;
    }

    private static PowerLedger LedgerIn(string directory, string log, int worker)
    {
        Directory.CreateDirectory(directory);
        return new PowerLedger(Path.Combine(directory, "told.ledger"), log, worker);
    }
}
