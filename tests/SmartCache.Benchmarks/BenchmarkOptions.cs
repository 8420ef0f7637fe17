using System.Globalization;

namespace SmartCache.Benchmarks;

internal sealed record BenchmarkOptions(BenchmarkMode Mode)
{
    public const string Usage = """
        Usage: SmartCache.Benchmarks [overhead|takeover|verification|history|streams|upload|checkpoint|scale|scale-uploads|tool|contention|recovery|prefetch|ladder|resume] [OPTIONS]
          (nothing)         hits, look-ups, publishing and uploads beside the original design's way
          overhead          what the cache costs a first attempt
          takeover          how soon the next worker produces when a producer is killed or cancelled
          verification      what the background verification takes of a core
          history           what an event of the history costs, and its bound, with 10,000,000 events; 200,000 with --quick
          streams           what identifying the streams of an MP4 adds to hashing it
          upload            how fast files get to the IPFS node of --node, beside what curl is told by throughput.sh
          checkpoint        what the upload state costs an upload of many files
          scale             what 10,000 and 100,000 entries cost: choosing victims, look-ups meanwhile, memory, a start
          scale-uploads     what 1,000,000 confirmations cost an upload of 200 files, and 100,000 jobs a clean-up
          tool              each command of smartcache that changes nothing, beside a worker, at 10,000 and 200,000 entries: processor time, and what it does to a hit
          contention        hits of eight processes on a hundred hot keys, beside a CPU loop as long
          recovery          the first look-up, and the hits, after a worker was killed in the middle of 10,000 entries
          prefetch          a job's own download beside a download ahead, how soon that makes way, and what jobs allocate where none is announced
          ladder            three profiles by one ffmpeg beside three single runs: processor time and memory
          resume            a worker killed in the middle of an encode: processor time of the retry beside a whole encode
          --quick           smaller files and fewer rounds: a look, not figures to quote
          --dir DIRECTORY   where the files lie; its file system is what is measured
          --encode SECONDS  overhead: how long the encodes of an attempt take, 1 to 3600; 38 by default, 2 with --quick
          --video SECONDS   resume: how long the video is, 12 to 3600; 600 by default, which is some six minutes of encoding on two cores; 40 with --quick
          --jobs N          overhead: jobs of each process, 1 to 9; 2 by default
          --node URL        upload, checkpoint: the node; checkpoint has a server of its own without one
          --tool PATH       tool: the program to measure; without it the tool as it was built with this program, which compiles itself at each start
          --files N         checkpoint: files, 10000 by default
          --at-once N       upload, checkpoint: files that are sent at the same time, 4 by default
        """;

    // With the download it makes an attempt as long as the sample's own first one: a clip of 30 s at three profiles.
    private const int SampleEncodeSeconds = 38;
    private const int QuickEncodeSeconds = 2;

    private const int SampleVideoSeconds = 600;
    private const int QuickVideoSeconds = 40;

    private int? _encodeSeconds;
    private int? _videoSeconds;

    /// <summary>Smaller files and fewer rounds: a look in well under a minute, not figures to quote.</summary>
    public bool Quick { get; private init; }

    /// <summary>Where the files lie: its file system is what is measured.</summary>
    public string Directory { get; private init; } = Path.GetTempPath();

    /// <summary>How long the encodes of one attempt take, all profiles together.</summary>
    public TimeSpan Encode => TimeSpan.FromSeconds(_encodeSeconds ?? (Quick ? QuickEncodeSeconds : SampleEncodeSeconds));

    /// <summary>For <see cref="BenchmarkMode.Resume"/>: how long the video is.</summary>
    public int VideoSeconds => _videoSeconds ?? (Quick ? QuickVideoSeconds : SampleVideoSeconds);

    /// <summary>A worker does many jobs: the first one of a process pays for compiling the cache's code, the next one does not.</summary>
    public int Jobs { get; private init; } = 2;

    /// <summary>The IPFS node to upload to; without one, <see cref="BenchmarkMode.Checkpoint"/> uses a server of its own.</summary>
    public Uri? Node { get; private init; }

    /// <summary>Files that are uploaded at the same time.</summary>
    public int AtOnce { get; private init; } = 4;

    /// <summary>For <see cref="BenchmarkMode.Checkpoint"/>.</summary>
    public int Files { get; private init; } = 10_000;

    /// <summary>For <see cref="BenchmarkMode.Attempt"/>.</summary>
    public bool WithCache { get; private init; }

    public int Port { get; private init; }

    public int WorkPerFile { get; private init; }

    /// <summary>For <see cref="BenchmarkMode.Scale"/> and <see cref="BenchmarkMode.Tool"/>: how many entries; without it their own sizes.</summary>
    public int? Entries { get; private init; }

    /// <summary>For <see cref="BenchmarkMode.Tool"/>: the program.</summary>
    public string Tool { get; private init; } = Path.Combine(AppContext.BaseDirectory, "SmartCache.Tool");

    /// <summary>What a second process does, or which one it is.</summary>
    public string Step { get; private init; } = "";

    /// <returns>The options; <see langword="null"/> where the command line makes no sense.</returns>
    public static BenchmarkOptions? Parse(string[] args)
    {
        var options = new BenchmarkOptions(BenchmarkMode.Tables);
        for (var i = 0; i < args.Length; i++)
        {
            if (options.With(args[i]) is { } alone)
            {
                options = alone;
            }
            else if (i + 1 < args.Length && options.With(args[i], args[++i]) is { } valued)
            {
                options = valued;
            }
            else
            {
                return null;
            }
        }

        return options;
    }

    private BenchmarkOptions? With(string argument) => argument switch
    {
        "--quick" => this with { Quick = true },
        "--with-cache" => this with { WithCache = true },

        // Children's steps too: scale-step is ScaleStep.
        _ when char.IsAsciiLetter(argument.FirstOrDefault()) && Enum.TryParse<BenchmarkMode>(argument.Replace("-", "", StringComparison.Ordinal), ignoreCase: true, out var mode) => this with { Mode = mode },
        _ => null,
    };

    private BenchmarkOptions? With(string option, string value)
    {
        int? number = int.TryParse(value, CultureInfo.InvariantCulture, out var parsed) ? parsed : null;
        return option switch
        {
            "--step" => this with { Step = value },
            "--tool" => this with { Tool = Path.GetFullPath(value) },
            "--dir" => this with { Directory = Path.GetFullPath(value) },
            "--node" when Uri.TryCreate(value, UriKind.Absolute, out var node) => this with { Node = node },
            "--entries" when number is >= 1 and <= 1_000_000 => this with { Entries = number },
            "--encode" when number is >= 1 and <= 3600 => this with { _encodeSeconds = number },
            "--video" when number is >= 12 and <= 3600 => this with { _videoSeconds = number },
            "--jobs" when number is { } jobs and >= 1 and <= 9 => this with { Jobs = jobs },
            "--at-once" when number is { } atOnce => this with { AtOnce = atOnce },
            "--files" when number is { } files => this with { Files = files },
            "--port" when number is { } port => this with { Port = port },
            "--work" when number is { } work => this with { WorkPerFile = work },
            _ => null,
        };
    }
}
