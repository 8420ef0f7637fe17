using Microsoft.Extensions.Logging.Abstractions;
using SmartCache.Eviction;
using SmartCache.Jobs;

namespace SmartCache.Tests.Eviction;

/// <summary>A policy with the jobs that it hears of, as the evictor uses them.</summary>
internal sealed class Advice
{
    private readonly EvictionAdvisor _advisor;
    private readonly UnfinishedJobs _jobs;
    private readonly JobProtection _protection;

    public Advice(IEvictionPolicy policy, JobProtection? protection = null)
    {
        _protection = protection ?? JobProtection.Default;
        _advisor = new EvictionAdvisor(policy, _protection, NullLogger.Instance);
        _jobs = new UnfinishedJobs(TimeSpan.FromDays(7), told => _advisor.Observe(told));
    }

    public int Jobs => _jobs.Count;

    public void Observe(CacheEvent cacheEvent) => _jobs.Observe(cacheEvent);

    public EvictionPlan Plan(EvictionCandidate[] candidates, DateTimeOffset now, EvictionCandidate? newcomer = null) =>
        _advisor.Plan(Annotated(candidates, now), now, newcomer is { } one ? Annotated([one], now)[0] : null);

    public ProtectionLevel LevelOf(EvictionCandidate candidate, DateTimeOffset now) => _protection.LevelOf(Annotated([candidate], now)[0], now);

    public EvictionCandidate[] Annotated(EvictionCandidate[] candidates, DateTimeOffset now)
    {
        EvictionCandidate[] copies = [.. candidates];
        _jobs.Annotate(copies, now);
        return copies;
    }

    public EvictionState SaveState() => _advisor.SaveState();

    public void LoadState(EvictionState state) => _advisor.LoadState(state);
}
