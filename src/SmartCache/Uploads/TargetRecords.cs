using SmartCache.Abstractions;

namespace SmartCache.Uploads;

/// <summary>The journal of one target, and what one session knows from it.</summary>
internal sealed record TargetRecords(TargetJournal Journal, ConfirmedContent Content)
{
    /// <summary>Why nothing, or not all, could be read.</summary>
    public Reason? WhyUnread { get; init; }
}
