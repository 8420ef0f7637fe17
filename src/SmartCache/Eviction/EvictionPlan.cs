namespace SmartCache.Eviction;

/// <summary>
/// The order in which a snapshot of entries goes. A heap, because an evictor takes few of many: building it is linear, and a
/// victim costs a logarithm. Not thread-safe; holds for the moment of the snapshot, so an evictor looks at each entry again.
/// </summary>
internal sealed class EvictionPlan
{
    private readonly EvictionAdvisor _advisor;
    private readonly EvictionCandidate[] _candidates;
    private readonly Victim[] _heap;
    private readonly DateTimeOffset _now;
    private readonly Victim _newcomer;
    private readonly List<Victim> _order = [];
    private int _waiting;
    private int _next;

    /// <param name="advisor">Is told what went.</param>
    /// <param name="candidates">All entries; a victim's index is one into these.</param>
    /// <param name="victims">Those of them that may go.</param>
    /// <param name="now">When the plan was made.</param>
    /// <param name="newcomer">Where the entry that wants to get in would stand, if there is one.</param>
    public EvictionPlan(EvictionAdvisor advisor, EvictionCandidate[] candidates, Victim[] victims, DateTimeOffset now, Victim newcomer)
    {
        (_advisor, _candidates, _heap, _now, _newcomer, _waiting) = (advisor, candidates, victims, now, newcomer, victims.Length);
        for (var i = _waiting / 2 - 1; i >= 0; i--)
            SiftDown(i);
    }

    /// <summary>
    /// Whether the newcomer that the plan was made for is worth its place: only if each protected entry that would have to go for it
    /// ranks lower. Does not take anything.
    /// </summary>
    /// <param name="bytes">How much would have to be freed for it.</param>
    /// <param name="frees">What the candidate of an index frees; its size without it.</param>
    /// <returns>False also when all victims together are not enough.</returns>
    public bool Admits(long bytes, Func<int, long>? frees = null)
    {
        for (var i = _next; bytes > 0; i++)
        {
            if (!TrySee(i, out var victim))
                return false;
            var gain = frees?.Invoke(victim.Index) ?? _candidates[victim.Index].Size;
            if (gain > 0 && victim.Level != ProtectionLevel.Free && !Outranks(_newcomer, victim))
                return false;
            bytes -= gain;
        }

        return true;
    }

    /// <summary>Whether the newcomer gets its place by free entries alone that rank below it. Does not take anything.</summary>
    /// <param name="bytes">How much would have to be freed for it.</param>
    public bool AdmitsWithoutLoss(long bytes)
    {
        for (var i = _next; bytes > 0; i++)
        {
            if (!TrySee(i, out var victim) || victim.Level != ProtectionLevel.Free || !IsBelowNewcomer(victim))
                return false;
            bytes -= victim.IsSilent ? 0 : _candidates[victim.Index].Size;
        }

        return true;
    }

    /// <summary>Whether the newcomer that the plan was made for ranks above it.</summary>
    public bool IsBelowNewcomer(in Victim victim) => Outranks(_newcomer, victim);

    /// <summary>The next entry to go, if it is no more protected than <paramref name="highest"/>. What became of it is reported by <see cref="ReportRemoved"/>, or not at all.</summary>
    public bool TryNext(out Victim victim, out EvictionCandidate candidate, ProtectionLevel highest = ProtectionLevel.Active)
    {
        candidate = default;
        if (!TrySee(_next, out victim) || victim.Level > highest)
            return false;
        _next++;
        candidate = _candidates[victim.Index];
        return true;
    }

    /// <summary>Tells the policy that this victim is gone.</summary>
    public void ReportRemoved(in Victim victim)
    {
        ref readonly var candidate = ref _candidates[victim.Index];
        _advisor.Observe(new CacheEvent(CacheEventKind.Evicted, _now)
        {
            Key = candidate.Key,
            EntryKind = candidate.Kind,
            Size = candidate.Size,
            CostSeconds = candidate.CostSeconds,
            // A silent job's entry went because of the silence, not of its rank: a policy that ages by its victims must not learn from it.
            WasProtected = victim.Level == ProtectionLevel.Active,
            Rank = victim.Rank,
        });
    }

    private static bool Outranks(in Victim newcomer, in Victim victim) =>
        newcomer.Level > victim.Level || (newcomer.Level == victim.Level && victim.Rank < newcomer.Rank);

    private bool TrySee(int position, out Victim victim)
    {
        while (_order.Count <= position && _waiting > 0)
            _order.Add(Pop());
        victim = position < _order.Count ? _order[position] : default;
        return position < _order.Count;
    }

    private Victim Pop()
    {
        var top = _heap[0];
        _heap[0] = _heap[--_waiting];
        SiftDown(0);
        return top;
    }

    private void SiftDown(int at)
    {
        while (2 * at + 1 < _waiting)
        {
            var child = 2 * at + 1;
            if (child + 1 < _waiting && _heap[child + 1].GoesBefore(_heap[child]))
                child++;
            if (!_heap[child].GoesBefore(_heap[at]))
                return;
            (_heap[at], _heap[child]) = (_heap[child], _heap[at]);
            at = child;
        }
    }
}
