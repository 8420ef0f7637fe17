using SmartCache.Abstractions;

namespace SmartCache;

/// <summary>A downloaded video.</summary>
/// <remarks>The file is the caller's.</remarks>
/// <param name="Path">The file, usually <see cref="DownloadRequest.DestinationPath"/>.</param>
/// <param name="Length">Its length in bytes.</param>
public sealed record DownloadedVideo(string Path, long Length)
{
    private readonly SourceMedia? _media;

    /// <summary>Content hash and facts of the video.</summary>
    /// <remarks><see langword="null"/> until the file was hashed in the background; the encoder decorator waits for that by itself.</remarks>
    public SourceMedia? Media
    {
        get => _media ?? (PendingMedia is { IsCompletedSuccessfully: true } pending ? pending.Result.Media : null);
        init => _media = value;
    }

    /// <summary>What the cache did.</summary>
    /// <remarks>A downloader leaves it at <see cref="CacheOutcome.Bypass"/>.</remarks>
    public CacheOutcome Outcome { get; init; }

    /// <summary>The hash that is still being computed; never faults, and says why where it could not be had.</summary>
    internal Task<LearnedMedia>? PendingMedia { get; init; }
}
