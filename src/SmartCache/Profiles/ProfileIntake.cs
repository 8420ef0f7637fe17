using SmartCache.Abstractions;

namespace SmartCache.Profiles;

/// <summary>What is known of an encode that is about to be stored.</summary>
/// <param name="Cost">Wall time of the encode.</param>
/// <param name="JobId">The job, if it said which.</param>
/// <param name="Replaces">Whether an entry that is there is to be replaced: asked for (Refresh), or not accepted.</param>
internal sealed record ProfileIntake(TimeSpan Cost, string? JobId, bool Replaces)
{
    /// <summary>Where the encoder was told to put its files; it may have made a directory of its own below.</summary>
    public string? OutputDirectory { get; init; }

    /// <summary>Why it was not stored after all. Written by one after the other of those who store it.</summary>
    public Reason WhyNotStored { get; set; }
}
