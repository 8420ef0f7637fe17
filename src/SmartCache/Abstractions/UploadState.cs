using System.Collections.ObjectModel;
using SmartCache.Abstractions;

namespace SmartCache;

/// <summary>The readable state of one job's upload.</summary>
public sealed record UploadState
{
    private readonly ListByContent<string> _profileEntries = new([]);
    private readonly MapByContent<ProfileUploadState> _profiles = new(ReadOnlyDictionary<string, ProfileUploadState>.Empty);
    private readonly ListByContent<string> _errors = new([]);

    /// <summary>The job.</summary>
    public required string JobId { get; init; }

    /// <summary>Content hash of the job's source, where known.</summary>
    public string? SourceContentHash { get; init; }

    /// <summary>Names of the profile entries that the job used.</summary>
    public IReadOnlyList<string> ProfileEntries
    {
        get => _profileEntries.List;
        init => _profileEntries = new(value);
    }

    /// <summary>State per profile, by profile name.</summary>
    public IReadOnlyDictionary<string, ProfileUploadState> Profiles
    {
        get => _profiles.Map;
        init => _profiles = new(value);
    }

    /// <summary>CID of the finished tree; <see langword="null"/> while unfinished.</summary>
    public string? RootCid { get; init; }

    /// <summary>Whether the job completed or was given up; until then its entries are protected.</summary>
    public bool Ended { get; init; }

    /// <summary>Upload attempts so far.</summary>
    public int Attempts { get; init; }

    /// <summary>When the last attempt began; <see langword="null"/> before the first.</summary>
    public DateTimeOffset? LastAttempt { get; init; }

    /// <summary>Last sign of life of the job, in any stage.</summary>
    public DateTimeOffset LastActivity { get; init; }

    /// <summary>When a retry is known to come; <see langword="null"/> = not known.</summary>
    public DateTimeOffset? RetryExpectedAt { get; init; }

    /// <summary>What the last attempts failed with, newest last, at most 10: exception types and status codes only.</summary>
    public IReadOnlyList<string> Errors
    {
        get => _errors.List;
        init => _errors = new(value);
    }
}
