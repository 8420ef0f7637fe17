using SmartCache.Space;
using SmartCache.Storage;

namespace SmartCache.Prefetch;

/// <summary>A download's part of what may be fetched ahead, for as long as it runs. Of one whose length is not known it grows with what comes.</summary>
/// <param name="most">The most that may come, as it was when it began.</param>
/// <param name="asked">What is known to come, for which there is a reservation; <see langword="null"/> where that is not known.</param>
/// <param name="kept">What lay there when it began.</param>
/// <param name="end">Takes it out.</param>
internal sealed class PrefetchClaim(long most, long? asked, WrittenAhead kept, Action<PrefetchClaim> end) : IDisposable
{
    private readonly long _needed = StagedSpace.NeededFor(asked ?? 0);
    private volatile WrittenAhead _written = kept;
    private long _bytes = asked ?? 0;

    /// <summary>Whether there is a reservation for it.</summary>
    public bool IsReserved => asked is not null;

    /// <summary>What is reserved for it.</summary>
    public SpaceReservation? Reserved { get; set; }

    public long Most => most;

    /// <summary>What is known to come, or has come.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>What of it has come and is neither reserved nor counted.</summary>
    public long Uncounted => IsReserved ? 0 : _written.Output;

    /// <summary>What of it is counted.</summary>
    public long Counted => _written.Partials;

    /// <summary>Whether no more has come than was allowed when it began.</summary>
    public bool IsWithin => _written.Come <= (IsReserved ? _needed : most);

    /// <summary>So much has come by now.</summary>
    public void Grow(long come)
    {
        if (come > Bytes)
        {
            Interlocked.Exchange(ref _bytes, come);
        }
    }

    /// <summary>
    /// Takes in what was written. A reservation that stayed whole would be counted once more with the partial and with what the disk has lost to it, and what is good would be evicted
    /// for it; so it also goes down by what will come until the next look, if it goes on like that.
    /// </summary>
    public async ValueTask NoteAsync(WrittenAhead now)
    {
        var before = _written;
        _written = now;
        Grow(now.Come);
        if (Reserved is { } reserved)
        {
            var all = now.Output + now.Partials;
            await reserved.HoldAsync(
                Rest(now.Partials + Math.Max(0, now.Partials - before.Partials)), Rest(all + Math.Max(0, all - before.Output - before.Partials))).ConfigureAwait(false);
        }
    }

    /// <summary>What of its space is to be reserved, with so much of it there.</summary>
    public long Rest(long there) => Math.Max(_needed - there, Math.Min(_needed, StagedSpace.Beside));

    public void Dispose() => end(this);
}
