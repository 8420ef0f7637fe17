using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace SmartCache.Eviction;

/// <summary>
/// A policy with job protection around it: is told what happens and which unfinished jobs use what, and says what goes first. Thread-safe, without I/O.
/// A policy that throws is replaced by the order of last access for that decision: a fault in it harms no job.
/// </summary>
internal sealed class EvictionAdvisor(IEvictionPolicy policy, JobProtection protection, ILogger logger)
{
    private readonly Lock _gate = new();
    private readonly CostDensity _density = new();
    private readonly SilenceOdds _silence = new();
    private bool _failureLogged;

    /// <summary>Asked for once: it is compared on the path of jobs, and the policy is the worker's code.</summary>
    public string PolicyName { get; } = policy.Name;

    public void Observe(in CacheEvent cacheEvent)
    {
        lock (_gate)
        {
            _silence.Observe(cacheEvent);
            try
            {
                policy.Observe(cacheEvent);
            }
            catch (Exception e)
            {
                LogFailure(e);
            }
        }
    }

    /// <summary>
    /// Orders candidates, which are the plan's from here on. With a <paramref name="newcomer"/> that wants to get in, what may not go for it is left out.
    /// </summary>
    public EvictionPlan Plan(EvictionCandidate[] candidates, DateTimeOffset now, EvictionCandidate? newcomer = null)
    {
        lock (_gate)
        {
            var wanting = newcomer.GetValueOrDefault();
            var place = newcomer is null ? default : PlaceOf(ref wanting, now);
            var levels = Array.ConvertAll(candidates, candidate => LevelOf(candidate, now));
            for (var i = 0; i < levels.Length; i++)
                candidates[i] = candidates[i] with { IsProtected = levels[i] != ProtectionLevel.Free };
            var ranks = new double[candidates.Length];
            Rank(candidates, now, ranks);
            var victims = new List<Victim>(candidates.Length);
            for (var i = 0; i < candidates.Length; i++)
            {
                if (!protection.Spares(candidates[i], wanting))
                    victims.Add(new Victim(levels[i], ranks[i], candidates[i].LastAccess, i) { IsSilent = protection.LevelOf(candidates[i], now) == ProtectionLevel.Quiet });
            }

            return new EvictionPlan(this, candidates, [.. victims], now, place);
        }
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

            return new EvictionState { Policy = PolicyName, PolicyState = state, SilentEntries = _silence.Entries, SilentReturns = _silence.Returns };
        }
    }

    /// <summary>Takes back what was saved. A damaged state, or that of another policy, is left aside.</summary>
    public void LoadState(EvictionState state)
    {
        lock (_gate)
        {
            _silence.Load(state.SilentEntries, state.SilentReturns);
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

    private ProtectionLevel LevelOf(in EvictionCandidate candidate, DateTimeOffset now) => protection.LevelOf(candidate, now, _silence.MeanTheEnd);

    // Where an entry that wants to get in would stand.
    private Victim PlaceOf(ref EvictionCandidate newcomer, DateTimeOffset now)
    {
        var level = LevelOf(newcomer, now);
        newcomer = newcomer with { IsProtected = level != ProtectionLevel.Free };
        var rank = 0.0;
        Rank(new ReadOnlySpan<EvictionCandidate>(in newcomer), now, new Span<double>(ref rank));
        return new Victim(level, rank, newcomer.LastAccess, -1);
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

    private void LogFailure(Exception e)
    {
        if (_failureLogged)
            return;
        _failureLogged = true;
        EvictionLog.PolicyFailed(logger, PolicyName, e.GetType().Name);
    }
}
