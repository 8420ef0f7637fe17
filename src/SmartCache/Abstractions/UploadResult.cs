using System.Collections.ObjectModel;
using SmartCache.Abstractions;

namespace SmartCache;

/// <summary>What an upload came to.</summary>
/// <param name="RootCid">CID of the tree's root.</param>
public sealed record UploadResult(string RootCid)
{
    private readonly MapByContent<string> _profileCids = new(ReadOnlyDictionary<string, string>.Empty);

    /// <summary>CID of each profile's directory, by profile name.</summary>
    public IReadOnlyDictionary<string, string> ProfileCids
    {
        get => _profileCids.Map;
        init => _profileCids = new(value);
    }

    /// <summary>The target that holds the tree; <see cref="UploadRequest.Target"/> where it is <see langword="null"/>.</summary>
    /// <remarks>Without either the tree is never skipped as a whole.</remarks>
    public UploadTarget? Target { get; init; }

    /// <summary>Files sent by this call.</summary>
    public int FilesSent { get; init; }

    /// <summary>Files that the target already had.</summary>
    public int FilesSkipped { get; init; }

    /// <summary>Bytes of the files sent.</summary>
    public long BytesSent { get; init; }

    /// <summary>Bytes of the files skipped.</summary>
    public long BytesSkipped { get; init; }

    /// <summary>Whether the target confirmed that it holds the whole tree.</summary>
    public bool Verified { get; init; }

    /// <summary>Whether the tree had to be sent in one request, because the target allows nothing else: nothing could be skipped.</summary>
    public bool SentWhole { get; init; }

    /// <summary>What the cache did: <see cref="CacheOutcome.Hit"/> = nothing was sent, a recorded result was relied on.</summary>
    public CacheOutcome Outcome { get; init; }
}
