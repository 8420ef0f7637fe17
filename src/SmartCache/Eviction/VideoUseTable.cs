using System.Globalization;
using System.Runtime.InteropServices;

namespace SmartCache.Eviction;

/// <summary>
/// How many jobs asked for a video, and since when: who comes back for a profile comes back for its video, and sooner to a new one than to an old one. Counts jobs, and
/// not requests: a job that was retried five times does not make a video popular, nor one that made five profiles of it. The counts are halved by a
/// <see cref="HalvingClock"/>. Bounded: when it is full, the least used videos go, of equal ones those not seen for longest.
/// </summary>
internal sealed class VideoUseTable
{
    public const int MaxVideos = 4096;

    private readonly Dictionary<ulong, VideoUse> _videos = [];
    private readonly HalvingClock _halving = new();

    public int Count => _videos.Count;

    public VideoUse? Of(ulong video) => _videos.TryGetValue(video, out var use) ? use : null;

    public void Observe(in CacheEvent e)
    {
        if (_halving.FactorAt(e.Time) is { } factor)
        {
            foreach (var video in _videos.Keys.ToList())
                CollectionsMarshal.GetValueRefOrNullRef(_videos, video).Jobs *= factor;
        }

        if (e is { Kind: CacheEventKind.Requested, VideoHash: not 0, JobHash: not 0 })
            Add(e);
        else if (e is { Kind: CacheEventKind.JobAbandoned, JobHash: not 0 })
            TakeBack(e.JobHash);
    }

    public VideoUseTableState Save() => new()
    {
        HalvedAt = _halving.Last,
        Videos = [.. _videos.Select(static pair => new VideoUseState
        {
            Video = Text(pair.Key),
            Jobs = pair.Value.Jobs,
            First = pair.Value.First.ToUnixTimeSeconds(),
            Seen = pair.Value.LastSeen.ToUnixTimeSeconds(),
            Latest = pair.Value.Latest == 0 ? null : Text(pair.Value.Latest),
            Before = pair.Value.Before == 0 ? null : Text(pair.Value.Before),
        })],
    };

    /// <summary>Replaces what is known. What makes no sense is left out.</summary>
    public void Load(VideoUseTableState state)
    {
        _videos.Clear();
        _halving.Last = state.HalvedAt;
        foreach (var video in (state.Videos ?? []).Take(MaxVideos))
        {
            if (video is { Jobs: >= 0 and < 1e9, First: > 0 and < 100_000_000_000, Seen: > 0 and < 100_000_000_000 } && Number(video.Video) is { } hash)
            {
                _videos[hash] = new VideoUse
                {
                    Jobs = video.Jobs,
                    First = DateTimeOffset.FromUnixTimeSeconds(video.First),
                    LastSeen = DateTimeOffset.FromUnixTimeSeconds(video.Seen),
                    Latest = Number(video.Latest) ?? 0,
                    Before = Number(video.Before) ?? 0,
                };
            }
        }
    }

    private static string Text(ulong hash) => hash.ToString("x16", CultureInfo.InvariantCulture);

    private static ulong? Number(string? text) => ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var hash) ? hash : null;

    private void Add(in CacheEvent e)
    {
        if (_videos.Count >= MaxVideos && !_videos.ContainsKey(e.VideoHash))
            Trim();
        ref var use = ref CollectionsMarshal.GetValueRefOrAddDefault(_videos, e.VideoHash, out var known);
        if (!known)
            use = new VideoUse { First = e.Time };
        use.LastSeen = e.Time;
        if (e.IsOfKnownVideo || use.Latest == e.JobHash || use.Before == e.JobHash)
            return;
        (use.Before, use.Latest) = (use.Latest, e.JobHash);
        use.Jobs++;
    }

    // Jobs are seldom given up, and there is no other way from a job to its videos that would be bounded.
    private void TakeBack(ulong job)
    {
        foreach (var video in _videos.Where(pair => pair.Value.Latest == job || pair.Value.Before == job).Select(static pair => pair.Key).ToList())
        {
            ref var use = ref CollectionsMarshal.GetValueRefOrNullRef(_videos, video);
            use.Jobs = Math.Max(0, use.Jobs - 1);
            (use.Latest, use.Before) = (use.Latest == job ? use.Before : use.Latest, 0);
        }
    }

    // A sixteenth at once, so that a full table is not sorted for every new video.
    private void Trim()
    {
        foreach (var video in _videos.OrderBy(static pair => pair.Value.Jobs).ThenBy(static pair => pair.Value.LastSeen).Take(MaxVideos / 16).Select(static pair => pair.Key).ToList())
            _videos.Remove(video);
    }
}
