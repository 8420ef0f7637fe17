namespace SmartCache.Configuration;

/// <summary>What a download ahead does while a job of this process transfers.</summary>
internal enum DuringTransfers
{
    /// <summary>It stops.</summary>
    Pause,

    /// <summary>It goes on.</summary>
    Share,
}
