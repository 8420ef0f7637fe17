namespace SmartCache.Tool.Views;

/// <summary><c>rm --json</c>, <c>clear --json</c> and <c>reject --json</c>: what was to go, and what became of it.</summary>
internal sealed record RemovalView
{
    public required string Directory { get; init; }

    /// <summary>The entries that were to go.</summary>
    public required int Entries { get; init; }

    public required long Bytes { get; init; }

    /// <summary>The work that making them took.</summary>
    public required double CostSeconds { get; init; }

    /// <summary>Identities of sources that were to be forgotten.</summary>
    public required int Keys { get; init; }

    /// <summary>States of jobs that were to be forgotten.</summary>
    public required int Jobs { get; init; }

    /// <summary>Those that somebody uses just now, so that their space is free when that ends.</summary>
    public required int InUse { get; init; }

    /// <summary>Unfinished jobs that used some of it.</summary>
    public required int UnfinishedJobs { get; init; }

    /// <summary>Those that are still there.</summary>
    public required int Left { get; init; }

    /// <summary>What the library said of those.</summary>
    public required IReadOnlyList<string> Faults { get; init; }

    /// <summary>What the next requests will do.</summary>
    public required string Afterwards { get; init; }
}
