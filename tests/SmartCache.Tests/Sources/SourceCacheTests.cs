using SmartCache.Abstractions;
using SmartCache.Storage.Platform;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Sources;

public class SourceCacheTests
{
    private static readonly byte[] Video = Bytes.Random(50_000);
    private static readonly SourceKey Key = SourceKey.From(new DownloadRequest(TestJob.Url, "/x"));
    private int _productions;

    [Fact]
    public async Task GetOrAdd_makes_once_and_TryGet_finds_it()
    {
        await using var cache = new TestCache();
        (await cache.Manager.Sources.TryGetAsync(Key)).Should().BeNull();
        await using (var made = await cache.Manager.Sources.GetOrAddAsync(Key, MakeAsync))
        {
            made.Outcome.Should().Be(CacheOutcome.Miss);
            made.Media.ContentHash.Should().Be(Bytes.Sha256(Video));
        }

        await using var hit = await cache.Manager.Sources.GetOrAddAsync(Key, MakeAsync);
        await using var found = await cache.Manager.Sources.TryGetAsync(Key);

        (hit.Outcome, found!.Outcome, _productions).Should().Be((CacheOutcome.Hit, CacheOutcome.Hit, 1));
        (await found.MaterializeAsync(cache.WorkPath("new/out.mp4"))).Should().BeDefined();
        Bytes.Sha256OfFile(cache.WorkPath("new/out.mp4")).Should().Be(Bytes.Sha256(Video));
    }

    [Fact]
    public async Task GetOrAdd_joins_the_production_of_another_caller()
    {
        await using var cache = new TestCache();
        var mayFinish = new TaskCompletionSource();
        var began = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var first = cache.Manager.Sources.GetOrAddAsync(Key, async (path, token) =>
        {
            began.TrySetResult();
            await mayFinish.Task.WaitAsync(token);
            await MakeAsync(path, token);
        });
        await began.Task.Guarded();
        var waiter = new ProgressSignal("waiting");
        var second = cache.Manager.Sources.GetOrAddAsync(Key, MakeAsync, waiter);
        await waiter.Seen;
        mayFinish.SetResult();

        await using var made = await first.Guarded();
        await using var joined = await second.Guarded();

        (made.Outcome, joined.Outcome, _productions).Should().Be((CacheOutcome.Miss, CacheOutcome.Joined, 1));
    }

    [Fact]
    public async Task What_produce_throws_comes_out_and_nothing_stays()
    {
        await using var cache = new TestCache();

        await cache.Manager.Sources.Awaiting(static it => it.GetOrAddAsync(Key, static (_, _) => throw new InvalidOperationException("origin down")))
            .Should().ThrowAsync<InvalidOperationException>().WithMessage("origin down");

        (await cache.Manager.Sources.TryGetAsync(Key)).Should().BeNull();
        Directory.EnumerateFiles(Path.Combine(cache.Settings.Root, "sources", "staging"), "*", SearchOption.AllDirectories).Should().BeEmpty();
    }

    [Theory]
    [InlineData("off")]
    [InlineData("root is a file")]
    [InlineData("no video")]
    public async Task What_cannot_be_kept_is_private_and_goes_with_the_lease(string why)
    {
        await using var cache = new TestCache(settings => why == "off" ? settings with { SourcesMode = LayerMode.Off } : settings);
        if (why == "root is a file")
        {
            await File.WriteAllTextAsync(cache.Settings.Root, "");
        }

        var bytes = why == "no video" ? new byte[10] : Video;
        var made = await cache.Manager.Sources.GetOrAddAsync(Key, (path, token) => File.WriteAllBytesAsync(path, bytes, token));

        made.Outcome.Should().Be(CacheOutcome.Bypass);
        Bytes.Sha256OfFile(made.Path).Should().Be(Bytes.Sha256(bytes)).And.Be(made.Media.ContentHash);
        await made.MaterializeAsync(cache.WorkPath("out.mp4"));
        await made.DisposeAsync();
        await made.DisposeAsync();
        File.Exists(made.Path).Should().BeFalse();
        Bytes.Sha256OfFile(cache.WorkPath("out.mp4")).Should().Be(Bytes.Sha256(bytes));
    }

    [Fact]
    public async Task Add_keeps_a_file_that_exists_and_Remove_takes_it_away_from_look_ups_and_not_from_leases()
    {
        await using var cache = new TestCache();
        var mine = await TestJob.SourceAsync(cache);

        var lease = await cache.Manager.Sources.AddAsync(Key, mine.Path, TimeSpan.FromSeconds(9));
        (await cache.Manager.Sources.RemoveAsync(Key)).Should().BeTrue();

        (await cache.Manager.Sources.TryGetAsync(Key)).Should().BeNull();
        File.Exists(lease!.Path).Should().BeTrue();
        await lease.DisposeAsync();
        await lease.DisposeAsync();
        File.Exists(lease.Path).Should().BeFalse();
        (await cache.Manager.Sources.RemoveAsync(Key)).Should().BeFalse();
        File.Exists(mine.Path).Should().BeTrue();
    }

    [Fact]
    public async Task Add_refuses_what_is_no_video()
    {
        await using var cache = new TestCache();
        await File.WriteAllTextAsync(cache.WorkPath("page"), "<html>".PadRight(5_000));

        (await cache.Manager.Sources.AddAsync(Key, cache.WorkPath("page"))).Should().BeNull();
        (await cache.Manager.Sources.AddAsync(Key, cache.WorkPath("nowhere"))).Should().BeNull();
    }

    [Fact]
    public async Task IsIntact_notices_a_write_in_place_and_the_next_look_up_misses()
    {
        await using var cache = new TestCache();
        var lease = await cache.Manager.Sources.GetOrAddAsync(Key, MakeAsync);
        (await lease.IsIntactAsync()).Should().BeTrue();

        Spoil.InPlace(lease.Path);

        (await lease.IsIntactAsync()).Should().BeFalse();
        await lease.DisposeAsync();
        (await cache.Manager.Sources.TryGetAsync(Key)).Should().BeNull();
    }

    [Fact]
    public async Task File_that_its_producer_linked_from_a_store_of_its_own_is_copied()
    {
        await using var cache = new TestCache(static settings => settings with { Materialize = MaterializeMode.HardLink });
        var store = cache.WorkPath("store.mp4");
        await File.WriteAllBytesAsync(store, Video);

        await using (var made = await cache.Manager.Sources.GetOrAddAsync(Key, (path, _) => LinkAsync(store, path)))
        {
            made.Outcome.Should().Be(CacheOutcome.Miss);
        }

        Spoil.InPlace(store);
        await using var hit = await cache.Manager.Sources.TryGetAsync(Key);
        Bytes.Sha256OfFile(hit!.Path).Should().Be(Bytes.Sha256(Video));
        FileSystem.Current.Stat(hit.Path)!.Value.Links.Should().Be(1);
        Directory.GetFiles(cache.Entries("sources").Single()).Should().HaveCount(2, "the manifest and the video");
        (await cache.Manager.GetStatisticsAsync()).Space!.ReservedBytes.Should().Be(0);
    }

    [Fact]
    public async Task File_that_its_producer_linked_and_that_there_is_no_space_for_is_the_callers_all_the_same()
    {
        await using var cache = new TestCache(static settings => settings with { MaxSize = 40_000 });
        var store = cache.WorkPath("store.mp4");
        await File.WriteAllBytesAsync(store, Video);

        await using (var made = await cache.Manager.Sources.GetOrAddAsync(Key, (path, _) => LinkAsync(store, path)))
        {
            made.Outcome.Should().Be(CacheOutcome.Bypass);
            Bytes.Sha256OfFile(made.Path).Should().Be(Bytes.Sha256(Video));
        }

        Bytes.Sha256OfFile(store).Should().Be(Bytes.Sha256(Video));
        cache.Entries("sources").Should().BeEmpty();
    }

    private static Task LinkAsync(string existing, string path)
    {
        FileSystem.Current.TryLink(existing, path).Should().BeTrue();
        return Task.CompletedTask;
    }

    private Task MakeAsync(string path, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _productions);
        return File.WriteAllBytesAsync(path, Video, cancellationToken);
    }
}
