using System.Globalization;
using System.Runtime.InteropServices;

namespace SmartCache.Eviction;

/// <summary>
/// How often keys of each kind come back after all their jobs have ended. The counts are halved every <see cref="HalvingClock.HalfLife"/>. Bounded: when it is full, the keys
/// that were not seen for longest go.
/// </summary>
internal sealed class FinishedUseTable
{
    public const int MaxKeys = 4096;

    // Before anything is learned: of ten sources half a one comes back, of ten profiles a fifth of one.
    private const double AssumedEntries = 10;
    private static readonly double[] AssumedReturns = [0.5, 0.2];

    private readonly Dictionary<ulong, FinishedUse> _keys = [];
    private readonly double[] _returns = new double[AssumedReturns.Length];
    private readonly double[] _finished = new double[AssumedReturns.Length];
    private readonly HalvingClock _halving = new();

    public int Count => _keys.Count;

    /// <summary>The share of entries of this kind that are asked for again after all their jobs have ended.</summary>
    public double ReturnRateOf(EntryKind kind) =>
        (_returns[(int)kind] + AssumedReturns[(int)kind]) / (_finished[(int)kind] + AssumedEntries);

    public void Observe(in CacheEvent e)
    {
        Halve(e.Time);
        if (e.KeyHash == 0)
            return;
        if (e.Kind == CacheEventKind.Requested)
            Return(e);
        else if (e.Kind == CacheEventKind.EntryReleased)
            Release(e);
    }

    public FinishedUseTableState Save() => new()
    {
        HalvedAt = _halving.Last,
        Returns = [.. _returns],
        Finished = [.. _finished],
        Keys = [.. _keys.Select(pair => new FinishedUseState
        {
            Key = pair.Key.ToString("x16", CultureInfo.InvariantCulture),
            Kind = (int)pair.Value.Kind,
            Seen = pair.Value.LastSeen.ToUnixTimeSeconds(),
            Idle = pair.Value.Idle,
        })],
    };

    /// <summary>Replaces what is known. What makes no sense is left out.</summary>
    public void Load(FinishedUseTableState state)
    {
        _keys.Clear();
        _halving.Last = state.HalvedAt;
        for (var kind = 0; kind < _returns.Length; kind++)
        {
            _finished[kind] = CountAt(state.Finished, kind);
            _returns[kind] = Math.Min(CountAt(state.Returns, kind), _finished[kind]);
        }

        foreach (var key in (state.Keys ?? []).Take(MaxKeys))
        {
            if (key is { Kind: 0 or 1, Seen: > 0 and < 100_000_000_000 }
                && ulong.TryParse(key.Key, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var hash))
            {
                _keys[hash] = new FinishedUse
                {
                    Kind = (EntryKind)key.Kind,
                    LastSeen = DateTimeOffset.FromUnixTimeSeconds(key.Seen),
                    Idle = key.Idle,
                };
            }
        }
    }

    private static double CountAt(List<double>? counts, int kind) =>
        counts is not null && kind < counts.Count && counts[kind] is >= 0 and < 1e12 ? counts[kind] : 0;

    private void Return(in CacheEvent e)
    {
        ref var use = ref CollectionsMarshal.GetValueRefOrNullRef(_keys, e.KeyHash);
        if (System.Runtime.CompilerServices.Unsafe.IsNullRef(ref use))
            return;
        use.LastSeen = e.Time;
        if (!use.Idle)
            return;
        use.Idle = false;
        _returns[(int)use.Kind]++;
    }

    private void Release(in CacheEvent e)
    {
        if (e.EntryKind is not (EntryKind.Source or EntryKind.Profile))
            return;
        if (_keys.Count >= MaxKeys && !_keys.ContainsKey(e.KeyHash))
            Trim();
        ref var use = ref CollectionsMarshal.GetValueRefOrAddDefault(_keys, e.KeyHash, out var known);
        if (!known)
            use = new FinishedUse { Kind = e.EntryKind };
        use.LastSeen = e.Time;
        if (e.UnfinishedJobs > 0 || use.Idle)
            return;
        use.Idle = true;
        _finished[(int)use.Kind]++;
    }

    // A sixteenth at once, so that a full table is not sorted for every new key.
    private void Trim()
    {
        foreach (var key in _keys.OrderBy(pair => pair.Value.LastSeen)
            .Take(MaxKeys / 16).Select(pair => pair.Key).ToList())
        {
            _keys.Remove(key);
        }
    }

    private void Halve(DateTimeOffset now)
    {
        if (_halving.FactorAt(now) is not { } factor)
            return;
        for (var kind = 0; kind < _returns.Length; kind++)
        {
            _returns[kind] *= factor;
            _finished[kind] *= factor;
        }
    }
}
