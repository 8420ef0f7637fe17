using SmartCache.Abstractions;

namespace SmartCache;

/// <summary>A downloaded video. The file is the caller's.</summary>
/// <param name="Path">The file, usually <see cref="DownloadRequest.DestinationPath"/>.</param>
/// <param name="Length">Its length in bytes.</param>
public sealed record DownloadedVideo(string Path, long Length)
{
    private readonly SourceMedia? _media;

    /// <summary>
    /// Content hash and facts of the video. <see langword="null"/> until the file was hashed in the background;
    /// the encoder decorator waits for that by itself.
    /// </summary>
    public SourceMedia? Media
    {
        get => _media ?? (PendingMedia is { IsCompletedSuccessfully: true } pending ? pending.Result.Media : null);
        init => _media = value;
    }

    /// <summary>What the cache did. A downloader leaves it at <see cref="CacheOutcome.Bypass"/>.</summary>
    public CacheOutcome Outcome { get; init; }

    /// <summary>The hash that is still being computed; never faults, and says why where it could not be had.</summary>
    internal Task<LearnedMedia>? PendingMedia { get; init; }
}
