using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace SmartCache.Eviction;

/// <summary>
/// A policy with job protection around it: is told what happens, and says what goes first. Thread-safe, without I/O.
/// A policy that throws is replaced by the order of last access for that decision: a fault in it harms no job.
/// </summary>
internal sealed class EvictionAdvisor(IEvictionPolicy policy, JobProtection protection, TimeSpan maxJobAge, ILogger logger)
{
    private readonly Lock _gate = new();
    private readonly JobLedger _ledger = new(protection.Period, maxJobAge);
    private readonly CostDensity _density = new();
    private readonly List<CacheEvent> _released = [];
    private bool _failureLogged;

    /// <summary>Asked for once: it is compared on the path of jobs, and the policy is the worker's code.</summary>
    public string PolicyName { get; } = policy.Name;

    public void Observe(in CacheEvent cacheEvent)
    {
        lock (_gate)
        {
            _released.Clear();
            _ledger.Observe(cacheEvent, _released);
            Tell(cacheEvent);
            foreach (var released in _released)
                Tell(released);
        }
    }

    /// <summary>
    /// Orders a snapshot of the candidates, which is a copy: what the ledger knows of their jobs is true only now. With a <paramref name="newcomer"/> that wants
    /// to get in, what may not go for it is left out.
    /// </summary>
    public EvictionPlan Plan(ReadOnlySpan<EvictionCandidate> candidates, DateTimeOffset now, EvictionCandidate? newcomer = null)
    {
        lock (_gate)
        {
            var wanting = newcomer.GetValueOrDefault();
            var place = newcomer is null ? default : PlaceOf(ref wanting, now);
            var snapshot = candidates.ToArray();
            var levels = new ProtectionLevel[snapshot.Length];
            for (var i = 0; i < snapshot.Length; i++)
                levels[i] = Annotate(ref snapshot[i], now);
            var ranks = new double[snapshot.Length];
            Rank(snapshot, now, ranks);
            var victims = new List<Victim>(snapshot.Length);
            for (var i = 0; i < snapshot.Length; i++)
            {
                if (!protection.Spares(snapshot[i], wanting))
                    victims.Add(new Victim(levels[i], ranks[i], snapshot[i].LastAccess, i));
            }

            return new EvictionPlan(this, snapshot, [.. victims], now, place);
        }
    }

    /// <summary>How much unfinished work holds on to an entry: whether a removal for age has to wait.</summary>
    public ProtectionLevel LevelOf(EvictionCandidate candidate, DateTimeOffset now)
    {
        lock (_gate)
            return Annotate(ref candidate, now);
    }

    public EvictionState SaveState()
    {
        lock (_gate)
        {
            JsonElement? state = null;
            try
            {
                state = policy.SaveState();
            }
            catch (Exception e)
            {
                LogFailure(e);
            }

            return new EvictionState { Policy = PolicyName, PolicyState = state, Jobs = [.. _ledger.Save()] };
        }
    }

    /// <summary>Takes back what was saved. A damaged state, or that of another policy, is left aside.</summary>
    public void LoadState(EvictionState state)
    {
        lock (_gate)
        {
            _ledger.Load(state.Jobs ?? []);
            if (state.PolicyState is not { } policyState
                || !string.Equals(state.Policy, PolicyName, StringComparison.OrdinalIgnoreCase))
            {
                return;
            }

            try
            {
                policy.LoadState(policyState);
            }
            catch (Exception e)
            {
                EvictionLog.StateNotUsed(logger, PolicyName, e.GetType().Name);
            }
        }
    }

    // Where an entry that wants to get in would stand.
    private Victim PlaceOf(ref EvictionCandidate newcomer, DateTimeOffset now)
    {
        var level = Annotate(ref newcomer, now);
        var rank = 0.0;
        Rank(new ReadOnlySpan<EvictionCandidate>(in newcomer), now, new Span<double>(ref rank));
        return new Victim(level, rank, newcomer.LastAccess, -1);
    }

    private ProtectionLevel Annotate(ref EvictionCandidate candidate, DateTimeOffset now)
    {
        _ledger.Annotate(ref candidate, now);
        var level = protection.LevelOf(candidate, now);
        candidate.IsProtected = level != ProtectionLevel.Free;
        return level;
    }

    private void Rank(ReadOnlySpan<EvictionCandidate> candidates, DateTimeOffset now, Span<double> ranks)
    {
        try
        {
            policy.Rank(candidates, now, ranks);
        }
        catch (Exception e)
        {
            LogFailure(e);
            for (var i = 0; i < ranks.Length; i++)
                ranks[i] = RankTime.SecondsOf(candidates[i].LastAccess);
        }

        if (!policy.RanksProtected)
            RankProtected(candidates, ranks);
    }

    // By what it costs to make them again: a retry asks for all of them alike, so when or how often they were used says nothing.
    private void RankProtected(ReadOnlySpan<EvictionCandidate> candidates, Span<double> ranks)
    {
        _density.Learn(candidates);
        for (var i = 0; i < ranks.Length; i++)
        {
            if (candidates[i].IsProtected)
                ranks[i] = _density.Of(candidates[i]);
        }
    }

    private void Tell(in CacheEvent cacheEvent)
    {
        try
        {
            policy.Observe(cacheEvent);
        }
        catch (Exception e)
        {
            LogFailure(e);
        }
    }

    private void LogFailure(Exception e)
    {
        if (_failureLogged)
            return;
        _failureLogged = true;
        EvictionLog.PolicyFailed(logger, PolicyName, e.GetType().Name);
    }
}
