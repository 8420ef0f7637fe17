namespace SmartCache.Worker.SampleCache;

/// <summary>One job of the sample, which comes back until its upload ends.</summary>
internal sealed record SampleJob(string Id, int Video, int Preset)
{
    public int Attempts { get; set; }

    public DateTimeOffset LastActivity { get; set; }

    public DateTimeOffset? RetryAt { get; set; }

    public bool Ended { get; set; }

    /// <summary>Sent, of all files.</summary>
    public int FilesSent { get; set; }

    public List<SampleEntry> Entries { get; } = [];
}
