using System.Text;
using SmartCache.Abstractions;
using SmartCache.Diagnostics;
using SmartCache.Tests.Support;
using SmartCache.Tests.Uploads;

namespace SmartCache.Tests.Diagnostics;

/// <summary>The line of a stage says, by a code, the reason why its work was done, and the true one.</summary>
[Trait("Found", "M33")]
public sealed class ReasonTests
{
    private static readonly byte[] Page = Encoding.UTF8.GetBytes("<html>" + new string('x', 5000));

    [Fact]
    public async Task Fetch_that_was_not_stored_is_the_reason_of_the_next_one()
    {
        await using var cache = new TestCache();
        var job = new TestJob(cache, new FakeDownloader(Page));

        await job.DownloadAsync();
        await job.DownloadAsync();

        Reasons(cache).Should().Equal(CacheReason.NotCached, CacheReason.Refused);
        cache.Log.Of(100).Last().Should().Contain("looks like HTML");
    }

    [Fact]
    public async Task Fetch_that_no_room_was_made_for_is_the_reason_of_the_next_one_and_its_profile_is_known()
    {
        await using var cache = new TestCache(static settings => settings with { MaxSize = 10_000 });
        var job = new TestJob(cache, new FakeDownloader(Bytes.Random(50_000)));

        await job.EncodeAsync(await job.DownloadAsync());
        await job.EncodeAsync(await job.DownloadAsync());

        Reasons(cache).Should().Equal(CacheReason.NotCached, CacheReason.NotCached, CacheReason.NoRoom, CacheReason.NoRoom);
    }

    [Fact]
    public async Task Encode_that_was_not_whole_is_the_reason_of_the_next_one()
    {
        await using var cache = new TestCache();
        var job = new TestJob(cache, new FakeDownloader([]), new FakeEncoder { WritesEnd = false });
        var source = await TestJob.SourceAsync(cache);

        await job.EncodeAsync(source);
        await job.EncodeAsync(source);

        Reasons(cache).Should().Equal(CacheReason.NotCached, CacheReason.Refused);
    }

    [Fact]
    public async Task Missing_duration_is_the_reason_of_every_attempt_and_said_in_full_once()
    {
        await using var cache = new TestCache();
        var job = new TestJob(cache, new FakeDownloader([]), new FakeEncoder { ExpectedDuration = null });
        var source = await TestJob.SourceAsync(cache);

        await job.EncodeAsync(source);
        await job.EncodeAsync(source);
        await job.EncodeAsync(source, new EncodingProfile("480p") { VideoBitrate = "1k" });

        Reasons(cache).Should().Equal(CacheReason.DurationUnknown, CacheReason.DurationUnknown, CacheReason.DurationUnknown);
        cache.Log.Of(202).Should().ContainSingle();
        cache.Log.Of(201).Should().BeEmpty();
    }

    [Fact]
    public async Task Entry_that_went_was_made_before()
    {
        await using var cache = new TestCache();
        var job = new TestJob(cache, new FakeDownloader(Bytes.Random(50_000)));
        await job.EncodeAsync(await job.DownloadAsync());
        Directory.Delete(cache.Entries("sources").Single(), recursive: true);
        Directory.Delete(cache.Entries("profiles").Single(), recursive: true);

        await job.EncodeAsync(await job.DownloadAsync());

        Reasons(cache).TakeLast(2).Should().Equal(CacheReason.NoLongerCached, CacheReason.NoLongerCached);
    }

    [Fact]
    public async Task Profile_whose_source_was_no_video_says_so()
    {
        await using var cache = new TestCache();
        var job = new TestJob(cache, new FakeDownloader(Page));

        await job.EncodeAsync(await job.DownloadAsync());

        Reasons(cache).Should().Equal(CacheReason.NotCached, CacheReason.Refused);
        cache.Log.Of(100).Last().Should().Contain("the source's hash is not known: it looks like HTML");
    }

    [Fact]
    public async Task Cache_that_is_switched_off_by_a_file_says_so_in_both_stages()
    {
        await using var cache = new TestCache();
        var job = new TestJob(cache, new FakeDownloader(Bytes.Random(50_000)));
        Directory.CreateDirectory(cache.Settings.Root);
        await File.WriteAllTextAsync(Path.Combine(cache.Settings.Root, "DISABLED"), "");

        await job.EncodeAsync(await job.DownloadAsync());

        Reasons(cache).Should().Equal(CacheReason.Disabled, CacheReason.Disabled);
    }

    [Theory]
    [InlineData("sources", CacheReason.Fault, CacheReason.NotCached)]
    [InlineData("profiles", CacheReason.NotCached, CacheReason.Fault)]
    public async Task Layer_that_cannot_be_opened_says_so_and_the_other_one_does_not(string broken, CacheReason source, CacheReason profile)
    {
        await using var cache = new TestCache();
        var job = new TestJob(cache, new FakeDownloader(Bytes.Random(50_000)));
        await cache.Manager.CleanupAsync();
        Directory.Delete(Path.Combine(cache.Settings.Root, broken), recursive: true);
        await File.WriteAllTextAsync(Path.Combine(cache.Settings.Root, broken), "a file in its place");

        await job.EncodeAsync(await job.DownloadAsync());

        Reasons(cache).Should().Equal(source, profile);
    }

    [Fact]
    public async Task Layer_that_rests_says_so_and_the_hash_of_its_source_is_known()
    {
        var time = new DrivenTime();
        using var disk = new HangingDisk();
        await using var cache = new TestCache(time: time, fileSystem: disk);
        using var never = new ManualResetEventSlim(false);
        var boundary = cache.Manager.SourceStore.Layer.Boundary;
        for (var i = 0; i < 3; i++)
        {
            using var begun = new SemaphoreSlim(0);
            var hung = boundary.AttemptAsync("hang", 0, _ => begun.Release() + (never.Wait(Timeout.Infinite) ? 1 : 2), CancellationToken.None).AsTask();
            await begun.WaitAsync().Guarded(); // One that has no thread yet does not hang.
            await time.TimerAsync();
            time.Advance(cache.Settings.OperationTimeout + TimeSpan.FromSeconds(1));
            await hung.Guarded();
        }

        var job = new TestJob(cache, new FakeDownloader(Bytes.Random(50_000)));
        var video = await job.DownloadAsync().Guarded();
        never.Set();

        Reasons(cache).Should().Equal(CacheReason.Resting);
        video.Media.Should().NotBeNull();
    }

    [Fact]
    public async Task What_a_request_or_a_recipe_asks_for_is_the_reason()
    {
        await using var cache = new TestCache();
        var encoder = new FakeEncoder();
        var job = new TestJob(cache, new FakeDownloader(Bytes.Random(50_000)), encoder);
        var source = await TestJob.SourceAsync(cache);
        await job.EncodeAsync(source);

        await job.EncodeAsync(source);
        await job.EncodeAsync(source, use: CacheUse.Bypass);
        await job.EncodeAsync(source, use: CacheUse.Refresh);
        encoder.Accept = static _ => false;
        await job.EncodeAsync(source);
        encoder.Version = null;
        await job.EncodeAsync(source);
        encoder.DescribeThrows = new InvalidOperationException();
        await job.EncodeAsync(source);
        await job.EncodeAsync(source with { Path = cache.WorkPath("none.mp4") });

        Reasons(cache).Should().Equal(
            CacheReason.NotCached,
            CacheReason.None,
            CacheReason.BypassAsked,
            CacheReason.RefreshAsked,
            CacheReason.NotAccepted,
            CacheReason.NotCacheable,
            CacheReason.NotDescribed,
            CacheReason.HashUnknown);
        job.InnerEncoder.Calls.Should().Be(7);
    }

    [Fact]
    public async Task Damage_and_age_are_told_apart_from_absence()
    {
        var time = new ShiftedTime();
        await using var cache = new TestCache(time: time);
        var job = new TestJob(cache, new FakeDownloader(Bytes.Random(50_000)));
        await job.DownloadAsync();
        var file = Directory.GetFiles(cache.Entries("sources").Single(), "source.*").Single();
        await File.AppendAllTextAsync(file, "more");

        await job.DownloadAsync();
        time.Shift += cache.Settings.MaxSourceAge + TimeSpan.FromMinutes(1);
        await job.DownloadAsync();

        Reasons(cache).Should().Equal(CacheReason.NotCached, CacheReason.Damaged, CacheReason.TooOld);
        cache.Log.Of(410).Should().ContainSingle();
    }

    [Theory]
    [InlineData(null, CacheReason.TooOld)]
    [InlineData(Presence.Unknown, CacheReason.TargetDoesNotSay)]
    [InlineData(Presence.Missing, CacheReason.MissingOnTarget)]
    [InlineData(Presence.Present, CacheReason.None)]
    public async Task Recorded_tree_that_is_old_has_a_reason(Presence? answer, CacheReason expected)
    {
        var presence = answer is { } given ? new AnsweringPresence((_, _) => given) : null;
        var time = new ShiftedTime();
        await using var cache = new TestCache(static settings => settings with { TrustUploads = TimeSpan.Zero }, time: time, with: services => services with { Presence = presence });
        var target = new UploadTarget("node-1", "v1");
        var tree = Tree(cache);

        await UploadAsync(cache, target, tree);
        time.Shift += TimeSpan.FromMinutes(1);
        await UploadAsync(cache, target, tree);

        Reasons(cache, 300).Should().Equal(CacheReason.NotCached, expected);
    }

    [Fact]
    public async Task Tree_that_its_target_lost_before_this_session_is_told_so()
    {
        await using var cache = new TestCache();
        var target = new UploadTarget("node-1", "v1");
        var tree = Tree(cache);
        await UploadAsync(cache, target, tree);
        await using (var session = await cache.Manager.Uploads.OpenAsync(new UploadRequest("job-2", tree) { Target = target }))
        {
            await session.For(target).ForgetAsync(session.Files[0]);
        }

        await UploadAsync(cache, target, tree);

        Reasons(cache, 300).Should().Equal(CacheReason.NotCached, CacheReason.MissingOnTarget);
    }

    [Fact]
    public async Task Uploads_that_are_skipped_asked_anew_not_whole_or_failed_have_their_reason()
    {
        await using var cache = new TestCache();
        var target = new UploadTarget("node-1", "v1");
        var tree = Tree(cache);

        await UploadAsync(cache, target, tree);
        await UploadAsync(cache, target, tree);
        await UploadAsync(cache, target, tree, CacheUse.Refresh);
        File.CreateSymbolicLink(Path.Combine(tree, "link"), "one");
        await UploadAsync(cache, target, tree);
        await new ResumingIpfsUploader(new ScriptedUploader(target) { FailAt = 0 }, cache.Manager)
            .Awaiting(it => it.UploadAsync(new UploadRequest("job-1", Tree(cache, "other")) { Target = target })).Should().ThrowAsync<IOException>();

        Reasons(cache, 300).Should().Equal(CacheReason.NotCached, CacheReason.None, CacheReason.RefreshAsked, CacheReason.TreeNotWhole);
        Reasons(cache, 301).Should().Equal(CacheReason.NotCached);
    }

    [Fact]
    public async Task Reason_is_a_tag_of_the_meter()
    {
        using var meters = new TestMeters();
        await using var cache = new TestCache(with: services => services with { Meters = meters });
        var job = new TestJob(cache, new FakeDownloader(Bytes.Random(50_000)));

        await job.DownloadAsync();
        await job.DownloadAsync();
        await job.DownloadAsync(CacheUse.Refresh);
        await UploadAsync(cache, new UploadTarget("node-1", "v1"), Tree(cache));

        meters.Sum("smartcache.requests", "layer=sources,outcome=Miss,reason=NotCached").Should().Be(1);
        meters.Sum("smartcache.requests", "layer=sources,outcome=Hit,reason=None").Should().Be(1);
        meters.Sum("smartcache.requests", "layer=sources,outcome=Miss,reason=RefreshAsked").Should().Be(1);
        meters.Sum("smartcache.requests", "layer=uploads,outcome=Miss,reason=NotCached").Should().Be(1);
    }

    [Fact]
    public void Every_reason_stands_in_the_page_for_operators_and_no_other_one()
    {
        var page = File.ReadAllLines(Path.Combine(Snapshot.Repository, "docs", "observability.md"));
        var table = page.SkipWhile(static line => line != "## Reasons").Skip(1).TakeWhile(static line => !line.StartsWith("## ", StringComparison.Ordinal));

        table.Where(static line => line.StartsWith("| `", StringComparison.Ordinal)).Select(static line => line.Split('`')[1]).Should().Equal(Enum.GetNames<CacheReason>());
    }

    [Fact]
    public void Every_reason_but_those_of_a_case_has_words()
    {
        CacheReason[] ofACase = [CacheReason.None, CacheReason.TooOld, CacheReason.Refused, CacheReason.NoRoom, CacheReason.Damaged, CacheReason.OtherContent, CacheReason.InUse, CacheReason.NoAccess, CacheReason.Fault, CacheReason.NotCacheable];

        Enum.GetValues<CacheReason>().Where(static code => ((Reason)code).Text.Length == 0).Should().Equal(ofACase);
    }

    [Fact]
    public void No_code_is_decided_by_the_text_of_a_reason()
    {
        var source = Path.Combine(Snapshot.Repository, "src", "SmartCache");
        var deciding = new System.Text.RegularExpressions.Regex(
            """(?i)(reason|refusal|verdict|why|details)(\.(Reason|Text|Why))?\s*(==|!=|is( not)?)\s*\$?"|(reason|why|refusal)(\.Text)?\.(StartsWith|EndsWith|Contains|Equals|Length)\b""");

        var found = Directory.EnumerateFiles(source, "*.cs", SearchOption.AllDirectories)
            .Where(static path => !path.Contains("/obj/", StringComparison.Ordinal))
            .SelectMany(path => File.ReadLines(path).Where(line => deciding.IsMatch(line)).Select(line => $"{Path.GetFileName(path)}: {line.Trim()}"));

        found.Should().BeEmpty();
        deciding.IsMatch("if (reason == \"not cached\")").Should().BeTrue();
        deciding.IsMatch("reason.StartsWith(\"wrong\")").Should().BeTrue();
    }

    [Fact]
    public void Refusals_are_forgotten_oldest_first_and_when_it_was_stored_after_all()
    {
        var refusals = new LastRefusals();
        for (var i = 0; i < 10_000; i++)
        {
            refusals.Note($"{i}", CacheReason.DatedAhead);
        }

        refusals.Note("9999", default);

        refusals.Of("9998", CacheReason.NotCached).Code.Should().Be(CacheReason.DatedAhead);
        refusals.Of("9999", CacheReason.NotCached).Code.Should().Be(CacheReason.NotCached);
        refusals.Of("0", CacheReason.NotCached).Code.Should().Be(CacheReason.NotCached);
    }

    private static List<CacheReason> Reasons(TestCache cache, int eventId = 100) =>
        [.. cache.Log.Of(eventId).Select(static line => Enum.Parse<CacheReason>(line.Split("reason ")[1].Split(' ')[0]))];

    private static string Tree(TestCache cache, string name = "tree")
    {
        var tree = Directory.CreateDirectory(cache.WorkPath(name)).FullName;
        File.WriteAllText(Path.Combine(tree, "one"), name + " one");
        File.WriteAllText(Path.Combine(tree, "two"), name + " two");
        return tree;
    }

    private static Task<UploadResult> UploadAsync(TestCache cache, UploadTarget target, string tree, CacheUse use = CacheUse.Use) =>
        new ResumingIpfsUploader(new ScriptedUploader(target), cache.Manager).UploadAsync(new UploadRequest("job-1", tree) { Target = target, Use = use });
}
