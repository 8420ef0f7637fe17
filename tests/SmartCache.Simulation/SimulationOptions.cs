using System.Globalization;
using SmartCache.Configuration;

namespace SmartCache.Simulation;

/// <summary>The command line.</summary>
internal sealed record SimulationOptions
{
    public const string Usage = """
        usage: SmartCache.Simulation TRACE... [options]
          TRACE                  the directory of a cache's history, or a file: 'time,key,kind,…',
                                 'time id size', or a SWIM job list; .xz is read through xz
          --sizes 20GB,50GB      sizes of the cache (GB = 10^9, GiB = 2^30, or bytes); default 10GB to 200GB
          --policies LRU,COST    LRU, FIFO, SIZE: the policy alone; LRU+job and so on: with job protection, as the
                                 library runs it; COST always has it. COST-entry: COST as it was before it counted the jobs of
                                 videos. Default LRU,LRU+job,FIFO+job,SIZE+job,COST
          --no-jobs              no job protection for any policy but COST
          --csv                  rows as text instead of a table
          --compare              two policies on all traces: what they save, their ratio, and what is left of it
                                 with a tenth of the ends of jobs lost (or as --drop-finished says)
          --prefetch 2           closed loop: jobs done as fast as the workers can, without and with the sources
                                 of so many queued jobs fetched ahead; with --workers 1, --encode-scale 0.15 (a
                                 hardware encoder), --parallel 1, --during PauseForDownloads (as the setting DuringTransfers)
          --wipe 0.5             all entries are lost there: what the day after costs, cold and with 10 GB warmed
          --chart FILE.svg       draws the cost hit ratio against the size of the cache
          --low-water 0.9        an eviction goes on down to this share of the size (the library does), default 1
          --drop-finished 0.1    loses this share of the events that end a job
          --cost-noise 1         tells the policy wrong costs: log-normal with this standard deviation
          --seed 1               for the two above
        """;

    public List<string> Traces { get; } = [];

    public List<long> Sizes { get; private set; } =
        [10_000_000_000, 20_000_000_000, 30_000_000_000, 50_000_000_000, 75_000_000_000, 100_000_000_000, 200_000_000_000];

    public List<SimulatedPolicy> Policies { get; private set; } = [];

    public bool Csv { get; private set; }

    /// <summary>Downloads ahead; <see langword="null"/> without a closed loop.</summary>
    public int? Prefetch { get; private set; }

    public int Workers { get; private set; } = 1;

    public int Parallel { get; private set; } = 1;

    public DuringTransfers DuringTransfers { get; private set; }

    public double EncodeScale { get; private set; } = 1;

    /// <summary>The share of the trace after which all entries are lost.</summary>
    public double? Wipe { get; private set; }

    public bool Compare { get; private set; }

    public string? Chart { get; private set; }

    public double LowWater { get; private set; } = 1;

    public double DropFinished { get; private set; }

    public double CostNoise { get; private set; }

    public int Seed { get; private set; } = 1;

    /// <exception cref="ArgumentException">The command line makes no sense.</exception>
    public static SimulationOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new SimulationOptions();
        var policies = "LRU,LRU+job,FIFO+job,SIZE+job,COST";
        var noJobs = false;
        for (var i = 0; i < arguments.Count; i++)
        {
            var argument = arguments[i];
            string Next() => ++i < arguments.Count ? arguments[i] : throw new ArgumentException($"{argument} wants a value.");
            switch (argument)
            {
                case "--sizes": options.Sizes = [.. Next().Split(',').Select(SizeText.Parse)]; break;
                case "--policies": policies = Next(); break;
                case "--no-jobs": noJobs = true; break;
                case "--csv": options.Csv = true; break;
                case "--prefetch": options.Prefetch = (int)Number(argument, Next(), 100); break;
                case "--workers": options.Workers = Math.Max(1, (int)Number(argument, Next(), 100)); break;
                case "--parallel": options.Parallel = Math.Max(1, (int)Number(argument, Next(), 100)); break;
                case "--during": options.DuringTransfers = During(Next()); break;
                case "--encode-scale": options.EncodeScale = Number(argument, Next(), 100); break;
                case "--wipe": options.Wipe = Number(argument, Next(), 1); break;
                case "--compare": options.Compare = true; break;
                case "--chart": options.Chart = Next(); break;
                case "--low-water": options.LowWater = Number(argument, Next(), 1); break;
                case "--drop-finished": options.DropFinished = Number(argument, Next(), 1); break;
                case "--cost-noise": options.CostNoise = Number(argument, Next(), 10); break;
                case "--seed": options.Seed = (int)Number(argument, Next(), int.MaxValue); break;
                case var unknown when unknown.StartsWith('-'): throw new ArgumentException($"Unknown option {unknown}.");
                default: options.Traces.Add(argument); break;
            }
        }

        if (options.Traces.Count == 0)
            throw new ArgumentException("No trace is named.");
        options.Policies = [.. policies.Split(',').Select(name => SimulatedPolicy.Parse(name, noJobs)).Distinct()];
        return options;
    }

    private static DuringTransfers During(string text) =>
        Enum.TryParse<DuringTransfers>(text, ignoreCase: true, out var during) ? during : throw new ArgumentException("--during wants PauseForDownloads, Pause or Share.");

    private static double Number(string option, string text, double max) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number >= 0 && number <= max
            ? number
            : throw new ArgumentException($"{option} wants a number from 0 to {max.ToString(CultureInfo.InvariantCulture)}.");
}
