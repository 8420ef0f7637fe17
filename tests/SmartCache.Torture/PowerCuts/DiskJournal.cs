namespace SmartCache.Torture.PowerCuts;

/// <summary>How a file system says what it will recover to.</summary>
internal enum DiskJournal
{
    Jbd2,
    Xfs,
    Btrfs,
}
