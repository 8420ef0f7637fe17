using SmartCache.Simulation;
using Xunit.Abstractions;

namespace SmartCache.Tests.Eviction;

public class SimulationTests(ITestOutputHelper output)
{
    private const string Base = "encoder-synthetic/encoder_base_seed1.csv";
    private const string Outage = "encoder-synthetic/encoder_outage_seed1.csv";
    private const string Golden = "encoder-synthetic/golden_seed1.csv";
    private const string Generator = "encoder-synthetic/gen_encoder.py";
    private const string Trending = "../foresight/gen_trend.py";
    private const long GB = 1_000_000_000;

    private static readonly string[] Alone = ["LRU", "FIFO", "SIZE"];
    private static readonly long[] GoldenSizes = [20 * GB, 50 * GB];

    private static readonly string[] Small =
    [
        "0,a,source,60,10,1,get", "0,b,profile,30,90,1,get", "0,c,profile,101,5,1,get", "1,,,,5,1,attempt_failed",
        "6,a,source,60,10,1,get", "7,b,profile,30,90,1,get", "8,a,source,60,10,2,get",
    ];

    [TraceFact(Base, Outage, Golden)]
    public void Lru_fifo_and_size_without_protection_reproduce_the_golden_rows()
    {
        var golden = File.ReadAllLines(TraceFile.Find(Golden)!);
        golden[0].Should().Be(CsvReport.Header);
        var expected = golden.Where(row => row.Split(',')[2] is "LRU" or "FIFO" or "SIZE").ToList();
        expected.Should().HaveCount(12);
        var rows = new[] { Read(Base), Read(Outage) }
            .SelectMany(trace => GoldenSizes
                .SelectMany(size => Alone
                    .Select(policy => CsvReport.Row(Replay.Run(trace, size, SimulatedPolicy.Parse(policy, noJobs: true))))));
        rows.Should().Equal(expected);
    }

    [TraceFact(Base, Outage)]
    public void Cost_reaches_what_it_must_reach()
    {
        foreach (var (file, size, least) in new[] { (Base, 50, 0.295), (Outage, 50, 0.366), (Base, 20, 0.277), (Outage, 20, 0.330) })
        {
            var trace = Read(file);
            var cost = Cost(trace, size);
            output.WriteLine($"{trace.Name} {size} GB: {cost.All.ByCost:F4}, of retries {cost.Retries.ByCost:F4}");
            cost.All.ByCost.Should().BeGreaterThanOrEqualTo(least);
        }
    }

    [TraceFact(Generator)]
    public async Task Cost_is_never_below_lru_on_ten_further_workloads_and_8_percent_above_on_average()
    {
        var gains = new List<double>();
        for (var seed = 11; seed <= 20; seed++)
        {
            var trace = await GeneratedTrace.MakeAsync(TraceFile.Find(Generator)!, seed, outages: seed % 2 == 0 ? 4 : 0);
            foreach (var size in GoldenSizes)
            {
                var cost = Replay.Run(trace, size, SimulatedPolicy.Parse("COST", false)).All.ByCost;
                var lru = Replay.Run(trace, size, SimulatedPolicy.Parse("LRU", false)).All.ByCost;
                output.WriteLine($"{trace.Name} {SizeText.Format(size)}: {cost:F4}, LRU {lru:F4}, {cost / lru:F3}");
                cost.Should().BeGreaterThan(lru);
                if (size == 50 * GB)
                    gains.Add(cost / lru);
            }
        }

        gains.Average().Should().BeGreaterThanOrEqualTo(1.08);
    }

    [TraceFact(Base, Outage)]
    public void Cost_keeps_98_percent_when_every_tenth_end_of_a_job_gets_lost()
    {
        foreach (var file in new[] { Base, Outage })
        {
            var trace = Read(file);
            var lossy = Disturbance.DropFinished(trace, 0.1, seed: 1);
            lossy.Events.Count.Should().BeLessThan(trace.Events.Count - 150);
            foreach (var size in new[] { 20, 50 })
            {
                var share = Cost(lossy, size).All.ByCost / Cost(trace, size).All.ByCost;
                output.WriteLine($"{trace.Name} {size} GB: {share:F4} of its own figure");
                share.Should().BeGreaterThanOrEqualTo(0.98);
            }
        }
    }

    [TraceFact(Generator, Trending)]
    public async Task Counting_the_jobs_of_videos_saves_more_than_counting_those_of_entries()
    {
        foreach (var (generator, least, arguments) in new (string, double, string[])[] { (Generator, 1.015, []), (Trending, 1.03, ["--p-return", "0.30", "--trend-days", "1"]) })
        {
            var ratios = new List<double>();
            for (var seed = 1; seed <= 3; seed++)
            {
                var trace = await GeneratedTrace.MakeAsync(TraceFile.Find(generator)!, $"seed{seed}", [.. arguments, "--seed", $"{seed}"]);
                ratios.Add(Cost(trace, 50).All.ByCost / Replay.Run(trace, 50 * GB, SimulatedPolicy.Parse("COST-entry", false)).All.ByCost);
                output.WriteLine($"{generator} seed {seed}: {ratios[^1]:F4}");
            }

            ratios.Average().Should().BeGreaterThanOrEqualTo(least);
            ratios.Min().Should().BeGreaterThanOrEqualTo(0.995);
        }
    }

    [TraceTheory(Base)]
    [InlineData(1, 1.15)]
    [InlineData(0.15, 1.28)]
    public void Sources_fetched_ahead_bring_more_jobs_an_hour(double encodeScale, double least)
    {
        var options = new ClosedLoopOptions(50 * GB, SimulatedPolicy.Parse("COST", false)) { Ahead = 2, EncodeScale = encodeScale };
        var jobs = SimulatedJob.Of(Read(Base));
        var (without, with) = (ClosedLoop.Run(jobs, options with { Ahead = 0 }), ClosedLoop.Run(jobs, options));
        PrefetchReport.Lines(Read(Base), options).ToList().ForEach(output.WriteLine);
        (with.JobsAnHour / without.JobsAnHour).Should().BeGreaterThanOrEqualTo(least);
        (with.Retries.ByCost / without.Retries.ByCost).Should().BeGreaterThanOrEqualTo(0.995);
        with.UsedShare.Should().BeGreaterThanOrEqualTo(0.95);
        with.Jobs.Should().Be(without.Jobs);
    }

    [TraceTheory(Base, Outage)]
    [InlineData(Base)]
    [InlineData(Outage)]
    public void Ten_gigabytes_warmed_by_rank_bring_back_most_of_a_lost_cache(string file)
    {
        var lines = Warmth.Lines(Read(file), 50 * GB, SimulatedPolicy.Parse("COST", false), 0.5).ToList();
        lines.ForEach(output.WriteLine);
        ShareIn(lines[1]).Should().BeLessThanOrEqualTo(0.35);
        ShareIn(lines[2]).Should().BeGreaterThan(ShareIn(lines[1]));
        static double ShareIn(string line) => double.Parse(line.Split(", ")[^1].Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture);
    }

    [Fact]
    public void Closed_loop_downloads_the_next_source_while_a_job_encodes()
    {
        string[] lines = [.. Enumerable.Range(0, 6).SelectMany(static i => new[] { $"{i}0,,,,0,{i},job_start", $"{i}1,v{i},source,10,100,{i},get", $"{i}2,v{i}_p,profile,1,100,{i},get", $"{i}3,,,,0,{i},job_finished" })];
        var jobs = SimulatedJob.Of(new Trace("six", lines.Select(Parse)));
        var options = new ClosedLoopOptions(10_000, SimulatedPolicy.Parse("COST", false)) { Vanish = 0 };
        ClosedLoop.Run(jobs, options).Span.TotalSeconds.Should().BeApproximately(1200, 1);
        var ahead = ClosedLoop.Run(jobs, options with { Ahead = 1 });
        ahead.Span.TotalSeconds.Should().BeApproximately(700, 1, "only the first download is waited for");
        (ahead.Fetched, ahead.Used, ahead.Jobs).Should().Be((50.0, 50.0, 6));
        ClosedLoop.Run(jobs, options with { Ahead = 1, Capacity = 15 }).NoRoom.Should().BePositive("what the running job needs stays");
    }

    [Fact]
    public void Room_for_what_nobody_asked_for_comes_from_what_no_unfinished_job_needs()
    {
        var cache = new SimulatedCache(100, SimulatedPolicy.Parse("COST", false).Make(), protectsJobs: true);
        CacheEvent Of(string key, string job, double hours) => new(CacheEventKind.Requested, Candidates.At(hours)) { Key = key, JobId = job, Size = 40, CostSeconds = 10 };
        foreach (var e in new[] { Of("needed", "running", 0), Of("done", "ended", 0) })
        {
            cache.Observe(e);
            cache.Request(e);
        }

        cache.TryReserve(Of("ahead", "next", 0.1)).Should().BeFalse("both jobs are unfinished");
        cache.Observe(Candidates.Job(CacheEventKind.JobCompleted, "ended", 0.2));
        cache.TryReserve(Of("ahead", "next", 3)).Should().BeTrue();
        (cache.Contains("done"), cache.Contains("needed")).Should().Be((false, true), "also a silent job's entry stays");
        cache.TryReserve(Of("more", "another", 3)).Should().BeFalse("what is fetched for an announced job is not given up for the next one");
        cache.Forsake("ahead");
        cache.TryReserve(Of("more", "another", 3)).Should().BeTrue();
    }

    [TraceFact(Base)]
    public void Comparison_prints_the_ratio_and_what_lost_ends_leave()
    {
        var options = SimulationOptions.Parse(["trace", "--compare", "--sizes", "50GB", "--policies", "COST,COST-entry"]);
        Comparison.Lines([Read(Base)], options).Should().HaveCount(3).And.Contain(line => line.StartsWith("mean ratio 1.03", StringComparison.Ordinal));
    }

    [TraceFact(Base, Outage)]
    public void Cost_is_not_below_lru_when_costs_are_off_by_a_factor_of_e()
    {
        foreach (var file in new[] { Base, Outage })
        {
            var trace = Read(file);
            var noise = Disturbance.CostNoise(trace, 1, seed: 1);
            foreach (var size in new[] { 20, 50 })
            {
                var noisy = Replay.Run(trace, size * GB, SimulatedPolicy.Parse("COST", false), costNoise: noise);
                var lru = Replay.Run(trace, size * GB, SimulatedPolicy.Parse("LRU", false));
                output.WriteLine($"{trace.Name} {size} GB: {noisy.All.ByCost:F4}, LRU {lru.All.ByCost:F4}");
                noisy.All.ByCost.Should().BeGreaterThan(lru.All.ByCost);
            }
        }
    }

    [TraceFact("caffeine-adaptsize/request.trace.xz", "swim-fb2010/FB-2010_samples_24_times_1hr_withInputPaths_0.tsv.xz", "webcachesim-test/test.tr")]
    public void Reader_understands_every_format()
    {
        Requests("caffeine-adaptsize/request.trace.xz").Should().Be(66_987);
        Requests("swim-fb2010/FB-2010_samples_24_times_1hr_withInputPaths_0.tsv.xz").Should().Be(24_408);
        Requests("webcachesim-test/test.tr").Should().Be(10_492);
    }

    [Fact]
    public void Replay_counts_retries_apart_and_passes_by_what_is_too_large()
    {
        var trace = new Trace("small", Small.Select(Parse));
        var result = Replay.Run(trace, 100, SimulatedPolicy.Parse("LRU+job", false));
        (result.All.Gets, result.All.Hits, result.Retries.Gets, result.Retries.Hits).Should().Be((6, 3, 2, 2));
        (result.All.HitBytes, result.All.HitSeconds, result.Retries.ByCost, result.Bypassed).Should().Be((150, 110, 1, 1));
        CsvReport.Row(result).Should().Be("small,100,LRU+job,6,3,150,110.0,215.0,0,1");
    }

    [Fact]
    public void Chart_draws_a_line_for_each_policy_for_light_and_dark_pages()
    {
        var trace = new Trace("a<b", Small.Select(Parse));
        var results = GoldenSizes.SelectMany(size => Alone.Select(name => Replay.Run(trace, size, SimulatedPolicy.Parse(name, false)))).ToList();
        var svg = System.Xml.Linq.XDocument.Parse(CostChart.Draw(trace.Name, results));
        svg.ToString().Should().Contain("prefers-color-scheme:dark").And.Contain("a&lt;b");
        svg.Descendants().Where(element => element.Name.LocalName == "text").Select(element => element.Value).Should().Contain(Alone);
        svg.Descendants().Count(element => element.Name.LocalName == "circle").Should().Be(6);
    }

    [Theory]
    [InlineData("trace", "--sizes", "much")]
    [InlineData("trace", "--policies", "MRU")]
    [InlineData("trace", "--chart")]
    [InlineData("trace", "--wrong")]
    [InlineData("--csv")]
    [InlineData("trace", "--policies", "COST-entry+none")]
    public void Command_line_that_makes_no_sense_is_refused(params string[] arguments) =>
        FluentActions.Invoking(() => SimulationOptions.Parse(arguments)).Should().Throw<ArgumentException>();

    [Fact]
    public void Command_line_reads_sizes_and_policies()
    {
        var options = SimulationOptions.Parse(["trace", "--sizes", "20GB,1.5GiB,700", "--policies", "lru,LRU+job,cost"]);
        options.Sizes.Should().Equal(20 * GB, 1_610_612_736, 700);
        options.Policies.Select(policy => (policy.Name, policy.ProtectsJobs)).Should().Equal(("LRU", false), ("LRU+job", true), ("COST", true));
        SimulationOptions.Parse(["trace", "--policies", "LRU+job,COST", "--no-jobs"]).Policies.Select(policy => policy.ProtectsJobs).Should().Equal(false, true);
    }

    private static ReplayResult Cost(Trace trace, int gigabytes) => Replay.Run(trace, gigabytes * GB, SimulatedPolicy.Parse("COST", false));

    private static Trace Read(string file) => TraceReader.Read(TraceFile.Find(file)!);

    private static int Requests(string file) => Read(file).Events.Count(e => e.Kind == CacheEventKind.Requested);

    private static CacheEvent Parse(string line)
    {
        TraceFormat.TryParse(line, out var e).Should().BeTrue();
        return e;
    }
}
