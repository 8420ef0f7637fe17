using SmartCache.Tests.Support;
using SmartCache.Worker;

namespace SmartCache.Tests.Concurrency;

public class SharedEncodeTests
{
    private static readonly EncodingProfile Profile = new("720p");
    private static readonly string[] Names = ["1080p", "720p", "480p"];

    [Fact]
    public async Task Calls_64_at_once_in_one_process_encode_once()
    {
        await using var cache = new TestCache();
        var inner = new FakeEncoder { Before = static (_, token) => Task.Delay(LoggedDownloader.Work, token) };
        var encoder = new CachingProfileEncoder(inner, cache.Manager);
        var source = await TestJob.SourceAsync(cache);

        var profiles = await Task.WhenAll(Enumerable.Range(0, 64).Select(number => Task.Run(
            () => encoder.EncodeAsync(new EncodeRequest(source, Profile, cache.WorkPath($"{number}")))))).Guarded();

        inner.Calls.Should().Be(1);
        profiles.Should().ContainSingle(static profile => profile.Outcome == CacheOutcome.Miss);
        profiles.Should().OnlyContain(profile => TestJob.Tree(profile.Directory).Count == inner.Segments + 1);
        cache.Log.Of(400).Should().BeEmpty();
    }

    [Fact]
    public async Task Four_processes_with_16_calls_each_encode_once()
    {
        await using var cache = new TestCache();
        var source = await TestJob.SourceAsync(cache);
        var log = cache.WorkPath("productions");
        var workers = Enumerable.Range(0, 4).Select(_ => new WorkerProcess("encode", cache.Settings.Root, cache.Work, log, source.Path, "16")).ToArray();
        try
        {
            var outcomes = await SharedDownloadTests.RunTogetherAsync(workers);

            File.ReadAllLines(log).Should().ContainSingle();
            outcomes.Should().HaveCount(64).And.OnlyContain(static outcome => outcome == "Miss" || outcome == "Hit" || outcome == "Joined");
        }
        finally
        {
            Array.ForEach(workers, static worker => worker.Dispose());
        }
    }

    [Fact]
    public async Task Producer_process_that_is_killed_is_followed_by_the_next_waiter()
    {
        await using var cache = new TestCache();
        var source = await TestJob.SourceAsync(cache);
        using var worker = new WorkerProcess("hang-encode", cache.Settings.Root, cache.Work, source.Path);
        await worker.WaitForLineAsync("hanging");
        var produced = 0;
        var inner = new LoggedEncoder(_ =>
        {
            produced++;
            return Task.CompletedTask;
        });
        var waiter = new ProgressSignal("waiting");
        var next = new CachingProfileEncoder(inner, cache.Manager).EncodeAsync(new EncodeRequest(source, SameWork.Profile, cache.WorkPath("b")), waiter);
        await waiter.Seen;
        produced.Should().Be(0);

        worker.Kill();

        (await next.Guarded()).Outcome.Should().Be(CacheOutcome.Miss);
        produced.Should().Be(1);
    }

    [Fact]
    public async Task Hash_of_the_source_is_computed_once_for_three_profiles_at_once()
    {
        // The probe is asked once for each time that the source is hashed and nothing is known of it.
        var probe = new FakeProbe();
        await using var cache = new TestCache(probe: probe);
        var encoder = new CachingProfileEncoder(new FakeEncoder(), cache.Manager);
        var source = await TestJob.SourceAsync(cache);

        await Task.WhenAll(Names.Select(name => Task.Run(
            () => encoder.EncodeAsync(new EncodeRequest(source, new EncodingProfile(name) { VideoBitrate = name }, cache.WorkPath(name)))))).Guarded();

        probe.Calls.Should().Be(1);
    }
}
