using SmartCache.Abstractions;

namespace SmartCache.Sources;

/// <summary>What is known of a download that is about to be stored.</summary>
internal sealed record SourceIntake(SourceKey Key, DateTimeOffset FetchBegan, TimeSpan Cost)
{
    public long? ExpectedLength { get; init; }

    public string? JobId { get; init; }

    /// <summary>What the request comes to: a miss, or a bypass where the layer could not be used.</summary>
    public CacheOutcome Outcome { get; init; } = CacheOutcome.Miss;

    /// <summary>Whether the entry is wanted; otherwise only keys and facts are (Observe).</summary>
    public bool StoreEntry { get; init; } = true;

    /// <summary>Whether the bytes were fetched because the stored ones are doubted (Refresh): these are read in full before they are kept.</summary>
    public bool DoubtsStored { get; init; }

    /// <summary>Whether anything may be written at all; otherwise only hash and facts are computed (NoStore).</summary>
    public bool StoreRecords { get; init; } = true;

    /// <summary>Why it was not stored after all. Written by one after the other of those who store it.</summary>
    public Reason WhyNotStored { get; set; }
}
