namespace PoolWorker.Pool;

/// <summary>What samples/pool.sh says.</summary>
/// <param name="Directory">Where everything goes.</param>
/// <param name="Endpoint">Address of the object store.</param>
/// <param name="StorePid">Its process, which the last part ends.</param>
/// <param name="ReportFile">Where the figures go as JSON, or none.</param>
internal sealed record PoolOptions(string Directory, string Endpoint, int StorePid, string? ReportFile)
{
    public static PoolOptions Parse(string[] args)
    {
        Dictionary<string, string> given = new(StringComparer.Ordinal);
        for (var i = 0; i < args.Length; i += 2)
        {
            if (args[i] is not ("--directory" or "--endpoint" or "--store-pid" or "--report") || i + 1 == args.Length)
                throw new ArgumentException($"\"{args[i]}\" is not known or lacks its value. samples/pool.sh knows --report FILE.");
            given[args[i]] = args[i + 1];
        }

        return new PoolOptions(
            given.GetValueOrDefault("--directory") ?? throw Lacking("--directory"),
            given.GetValueOrDefault("--endpoint") ?? throw Lacking("--endpoint"),
            int.TryParse(given.GetValueOrDefault("--store-pid"), out var pid) ? pid : throw Lacking("--store-pid"),
            given.GetValueOrDefault("--report"));
    }

    private static ArgumentException Lacking(string name) => new($"{name} is missing: samples/pool.sh starts the store and gives it.");
}
