using System.Runtime.CompilerServices;
using SmartCache.Abstractions;
using SmartCache.Configuration;
using SmartCache.Prefetch;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Prefetch;

/// <summary>What warmers suggest is fetched while no stage of a job runs, and within a budget.</summary>
public class WarmingTests
{
    private const int Length = 40_000;
    private static readonly Func<CacheSettings, CacheSettings> _on = static settings => settings with { WarmInterval = TimeSpan.FromHours(1) };

    [Fact]
    public async Task Suggestions_are_fetched_after_half_a_minute_of_idleness_and_within_the_budget()
    {
        var time = new DrivenTime();
        await using var cache = new AheadCache(static settings => settings with { WarmInterval = TimeSpan.FromHours(1), WarmMaxBytes = new SizeShare(2 * Length, null) }, time);
        var warmer = new Suggesting(cache.Request(1), cache.Request(2, 10 * Length), cache.Request(3), cache.Request(4));
        var round = Warm(cache).RunAsync([warmer], CancellationToken.None);
        time.Pass(TimeSpan.FromSeconds(29));
        warmer.Asked.Should().Be(0, "the worker has not been idle for long enough");

        time.Pass(TimeSpan.FromSeconds(2));
        await round.Guarded();

        cache.Ahead.Order.Should().Equal(AheadCache.Url(1), AheadCache.Url(3));
        warmer.Context!.BytesLeft.Should().Be(2 * Length);
        cache.Cache.Log.Of(900).Should().HaveCount(2);
        (await cache.DownloadAsync(1)).Should().Be(CacheOutcome.Prefetched);
    }

    [Fact]
    public async Task Stage_of_a_job_stops_it_and_half_a_minute_later_it_goes_on()
    {
        var time = new DrivenTime();
        await using var cache = new AheadCache(_on, time);
        cache.Ahead.KeepsPartials = true;
        cache.Ahead.Hold(AheadCache.Url(1));
        time.Advance(TimeSpan.FromSeconds(31));
        var round = Warm(cache).RunAsync([new Suggesting(cache.Request(1))], CancellationToken.None);
        await cache.Ahead.BegunAsync(AheadCache.Url(1));

        // No transfer: an encode is enough.
        cache.Cache.Layer().Stages.StageBegins();
        while (Volatile.Read(ref cache.Ahead.Cancelled) == 0)
        {
            await Task.Yield();
        }

        cache.Ahead.Release(AheadCache.Url(1));
        time.Pass(TimeSpan.FromSeconds(40));
        cache.Ahead.ReadOf(AheadCache.Url(1)).Should().Be(Length / 2);
        cache.Cache.Layer().Stages.StageEnds();
        while (!round.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(1);
        }

        await round;
        cache.Ahead.ReadOf(AheadCache.Url(1)).Should().Be(Length);
    }

    [Fact]
    public async Task Warmer_that_fails_costs_the_others_nothing()
    {
        var time = new DrivenTime();
        await using var cache = new AheadCache(_on, time);
        time.Advance(TimeSpan.FromSeconds(31));

        await Warm(cache).RunAsync([new Suggesting(null!), new Suggesting(cache.Request(1))], CancellationToken.None).Guarded();

        cache.Ahead.Order.Should().ContainSingle();
        cache.Cache.Log.Of(911).Should().ContainSingle();
        cache.Cache.Log.Of(910).Should().ContainSingle();
    }

    [Theory]
    [InlineData("prefetch")]
    [InlineData("warming")]
    public async Task Round_of_a_warmer_without_an_end_ends_when_it_is_switched_off(string what)
    {
        var time = new DrivenTime();
        await using var cache = new AheadCache(_on, time);
        time.Advance(TimeSpan.FromSeconds(31));
        var warmer = new Endless(cache, () => cache.Cache.Settings = what == "prefetch"
            ? cache.Cache.Settings with { PrefetchMode = LayerMode.Off }
            : cache.Cache.Settings with { WarmInterval = TimeSpan.Zero });

        await Warm(cache).RunAsync([warmer], CancellationToken.None).Guarded();

        warmer.Suggested.Should().Be(2);
    }

    private static Warming Warm(AheadCache cache) => new(cache.Manager.Prefetcher, cache.Manager.SourceStore.Catalog, cache.Cache.Log);

    private sealed class Endless(AheadCache cache, Action atTheSecond) : ICacheWarmer
    {
        public int Suggested { get; private set; }

        public async IAsyncEnumerable<PrefetchRequest> SuggestAsync(WarmContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            while (true)
            {
                await Task.Yield();
                if (++Suggested == 2)
                {
                    atTheSecond();
                }

                yield return new PrefetchRequest(cache.Request(Suggested));
            }
        }
    }

    private sealed class Suggesting(params DownloadRequest[] requests) : ICacheWarmer
    {
        public int Asked { get; private set; }

        public WarmContext? Context { get; private set; }

        public async IAsyncEnumerable<PrefetchRequest> SuggestAsync(WarmContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            Asked++;
            Context = context;
            await Task.Yield();
            foreach (var request in requests)
            {
                yield return new PrefetchRequest(request ?? throw new InvalidOperationException("no list"));
            }
        }
    }
}
