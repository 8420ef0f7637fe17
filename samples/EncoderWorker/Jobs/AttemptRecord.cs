using EncoderWorker.Measuring;

namespace EncoderWorker.Jobs;

/// <summary>What came of one attempt.</summary>
internal sealed record AttemptRecord(int Job, int Number, AttemptCounters Work)
{
    public bool Succeeded { get; set; }

    public double Seconds { get; set; }

    /// <summary>Profiles that came without encoding in this attempt: found, or made by another job meanwhile.</summary>
    public int EncodeHits { get; set; }

    /// <summary>Where the result is, for people.</summary>
    public string? PublishedAs { get; set; }

    public List<StageRow> Stages { get; } = [];
}
