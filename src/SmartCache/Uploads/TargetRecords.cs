using SmartCache.Abstractions;

namespace SmartCache.Uploads;

/// <summary>The journal of one target, and what one session knows from it.</summary>
internal sealed record TargetRecords(TargetJournal Journal, ConfirmedContent Content)
{
    /// <summary>Writes what the session adds; <see langword="null"/> where nothing is to be kept.</summary>
    public JournalAppender? Appender { get; init; }

    /// <summary>Why nothing, or not all, could be read.</summary>
    public Reason? WhyUnread { get; init; }
}
