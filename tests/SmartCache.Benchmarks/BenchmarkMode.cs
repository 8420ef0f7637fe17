namespace SmartCache.Benchmarks;

internal enum BenchmarkMode
{
    Tables,
    Overhead,
    Takeover,
    Verification,

    /// <summary>What an event of the history costs.</summary>
    History,

    /// <summary>What it costs to identify a source's streams while it is hashed.</summary>
    Streams,

    /// <summary>What recording each file costs an upload of many.</summary>
    Checkpoint,

    /// <summary>The uploading half of tests/ipfs-node/throughput.sh.</summary>
    Upload,

    /// <summary>The second process of <see cref="Overhead"/>: one attempt of a job, with or without the cache.</summary>
    Attempt,

    /// <summary>The second process of <see cref="Takeover"/>: a producer that never ends by itself.</summary>
    Produce,

    Scale,

    /// <summary>A second process of <see cref="Scale"/>.</summary>
    ScaleStep,

    /// <summary>The uploads' part of <see cref="Scale"/>.</summary>
    ScaleUploads,

    /// <summary>What the tool's commands take beside a worker.</summary>
    Tool,

    /// <summary>A second process of <see cref="Tool"/>.</summary>
    ToolStep,

    Contention,

    /// <summary>A second process of <see cref="Contention"/>.</summary>
    ContentionWorker,

    Recovery,

    /// <summary>A second process of <see cref="Recovery"/>.</summary>
    RecoveryStep,

    /// <summary>What a download ahead costs the jobs beside it, and how soon it makes way.</summary>
    Prefetch,

    /// <summary>A second process of <see cref="Prefetch"/>: what a job asks of the disk and the heap.</summary>
    PrefetchStep,

    Ladder,

    /// <summary>A second process of <see cref="Ladder"/>.</summary>
    LadderStep,

    /// <summary>What a retry takes that goes on in the middle of an encode.</summary>
    Resume,

    /// <summary>A second process of <see cref="Resume"/>.</summary>
    ResumeStep,
}
