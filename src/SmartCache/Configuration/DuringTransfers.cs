namespace SmartCache.Configuration;

/// <summary>What a download ahead does while a job of this process transfers.</summary>
internal enum DuringTransfers
{
    /// <summary>It stops for a download, and goes on beside an upload: that one goes the other way.</summary>
    PauseForDownloads,

    /// <summary>It stops.</summary>
    Pause,

    /// <summary>It goes on.</summary>
    Share,
}
