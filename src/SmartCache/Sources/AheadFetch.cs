using SmartCache.Space;

namespace SmartCache.Sources;

/// <summary>What the intake has to know of a fetch that no job has asked for.</summary>
/// <param name="keepsFree">Bytes that the disk must have left beside it.</param>
/// <param name="reserved">What was reserved before the first byte.</param>
/// <param name="announce">Has the content belong to the job that it is for.</param>
/// <param name="joined">Whether a job has asked for it by now.</param>
internal sealed class AheadFetch(Func<long> keepsFree, SpaceReservation? reserved, Func<string, ValueTask> announce, Func<bool> joined) : IAsyncDisposable
{
    private SpaceReservation? _reserved = reserved;

    /// <inheritdoc cref="SpaceRequest.KeepsFree"/>
    public long KeepsFree => keepsFree();

    /// <summary>Whether a job waits for it: from then on it is that job's.</summary>
    public bool IsJoined => joined();

    /// <summary>When the download was complete.</summary>
    public DateTimeOffset FetchedAt { get; set; }

    /// <summary>The content is known.</summary>
    public ValueTask AnnounceAsync(string contentHash) => announce(contentHash);

    /// <summary>Hands the reservation over.</summary>
    public SpaceReservation? TakeReservation() => Interlocked.Exchange(ref _reserved, null);

    public ValueTask DisposeAsync() => TakeReservation()?.DisposeAsync() ?? ValueTask.CompletedTask;
}
