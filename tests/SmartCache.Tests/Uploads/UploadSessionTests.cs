using SmartCache.FFMpegCore.Files;
using SmartCache.Abstractions;
using SmartCache.Storage;
using SmartCache.Tests.Support;
using SmartCache.Uploads;

namespace SmartCache.Tests.Uploads;

public class UploadSessionTests
{
    private static readonly UploadTarget Target = new("node", "v1");
    private static readonly (string, string)[] Content = [("720p/a.ts", "aaa"), ("720p/b.ts", "bbbb"), ("master.m3u8", "m")];

    [Fact]
    public async Task Session_lists_the_tree_in_ordinal_order_with_hashes()
    {
        await using var layer = new UploadLayer();
        var tree = layer.Tree("tree", ("b", "b"), ("B", "B"), ("a/z", "z"), (".hidden", "h"));
        var reports = new List<StageProgress>();
        await using var session = await layer.Store.OpenAsync(new UploadRequest("job", tree), new Listening(reports.Add));

        session.Files.Select(file => file.RelativePath).Should().Equal(".hidden", "B", "a/z", "b");
        session.Files[3].Should().Be(new UploadFile { RelativePath = "b", Length = 1, Sha256 = "3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d" });
        reports.Should().OnlyContain(report => report.Phase == "hashing").And.Contain(report => report.Fraction == 1);
    }

    [Fact]
    public async Task Link_in_the_tree_is_not_followed_and_the_tree_is_never_skipped_as_a_whole()
    {
        await using var layer = new UploadLayer();
        var tree = layer.Tree("tree", Content);
        var outside = layer.Tree("outside", ("secret", "s"));
        File.CreateSymbolicLink(Path.Combine(tree, "link"), Path.Combine(outside, "secret"));
        Directory.CreateSymbolicLink(Path.Combine(tree, "directory"), outside);
        Directory.CreateSymbolicLink(Path.Combine(tree, "loop"), tree);

        await using var session = await layer.Store.OpenSessionAsync(new UploadRequest("job", tree), null, default);

        session.Files.Should().HaveCount(3);
        session.Tree.Hash.Should().BeNull();
    }

    [Fact]
    public async Task What_a_killed_encode_left_is_not_read_and_the_tree_is_never_skipped_as_a_whole()
    {
        await using var layer = new UploadLayer();
        var tree = layer.Tree("tree", [.. Content, ("x/.720p.run", "a file of the worker's"), ($"720p/{new ProfileFiles("720p").NewRunName()}/deeper/720p_00000.ts", "half a segment")]);

        await using var session = await layer.Store.OpenSessionAsync(new UploadRequest("job", tree) { Profiles = [UploadLayer.Profile(tree, "720p")] }, null, default);

        session.Files.Select(static file => file.RelativePath).Should().Equal("720p/a.ts", "720p/b.ts", "master.m3u8", "x/.720p.run");
        session.Tree.FileKeys.Should().HaveCount(4);
        session.Tree.Hash.Should().BeNull("an uploader that goes by the directory sends it");
        session.Tree.Profiles.Single().Hash.Should().Be(TreeHash.Compute(session.Files.Take(2).Select(static file => (file.RelativePath["720p/".Length..], file.Length, file.Sha256))));
    }

    [Fact]
    public async Task Tree_that_does_not_exist_is_the_callers_error()
    {
        await using var layer = new UploadLayer();
        var open = () => layer.Store.OpenAsync(new UploadRequest("job", Path.Combine(layer.Root, "nowhere")));
        await open.Should().ThrowAsync<DirectoryNotFoundException>();
    }

    [Fact]
    public async Task Tree_whose_file_was_missed_and_sent_again_for_another_tree_is_not_skipped_as_a_whole()
    {
        await using var layer = new UploadLayer();
        var tree = layer.Tree("tree", Content);
        await layer.RecordAllAsync("first", tree, Target);
        await using (var whole = await layer.Store.OpenAsync(new UploadRequest("first", tree)))
        {
            await whole.CompleteAsync(new UploadResult("bafyroot") { Target = Target });
        }

        // Another job notices that the node collected a file, and sends it. The directories that were above it are still gone.
        await using (var other = await layer.Store.OpenAsync(new UploadRequest("second", layer.Tree("other", ("x", "aaa")))))
        {
            await other.For(Target).ForgetAsync(other.Files[0]);
            await other.For(Target).RecordFileAsync(other.Files[0], UploadLayer.CidOf(other.Files[0]));
        }

        await using var again = new UploadLayer(layer.Root);
        await using var session = await again.Store.OpenSessionAsync(new UploadRequest("first", tree), null, default);

        session.Recorded.Should().BeNull();
        session.Files.Count(file => session.For(Target).TryGetCid(file, out _)).Should().Be(3, "each file is there");
    }

    [Fact]
    public async Task Same_content_under_a_new_job_id_and_another_name_is_found()
    {
        await using var layer = new UploadLayer();
        await layer.RecordAllAsync("first", layer.Tree("tree", Content), Target);

        var renamed = layer.Tree("other", ("x/1", "aaa"), ("x/2", "new"));
        await using var again = new UploadLayer(layer.Root);
        await using var session = await again.Store.OpenAsync(new UploadRequest("second", renamed));

        session.PreferredTarget.Should().Be(Target);
        session.For(Target).TryGetCid(session.Files[0], out var cid).Should().BeTrue();
        cid.Should().Be(UploadLayer.CidOf(session.Files[0]));
        session.For(Target).TryGetCid(session.Files[1], out _).Should().BeFalse();
    }

    [Fact]
    public async Task Other_content_under_the_same_name_is_not_offered()
    {
        await using var layer = new UploadLayer();
        var tree = layer.Tree("tree", Content);
        await layer.RecordAllAsync("job", tree, Target);
        File.WriteAllText(Path.Combine(tree, "720p/a.ts"), "AAA");

        await using var session = await layer.Store.OpenAsync(new UploadRequest("job", tree));

        Offered(session, Target).Should().Equal("720p/b.ts", "master.m3u8");
    }

    [Theory]
    [InlineData("other", "v1")]
    [InlineData("node", "v2")]
    [InlineData("nod", "ev1")]
    public async Task Another_target_or_other_import_parameters_share_nothing(string id, string parameters)
    {
        await using var layer = new UploadLayer();
        var tree = layer.Tree("tree", Content);
        await layer.RecordAllAsync("job", tree, Target);

        await using var session = await layer.Store.OpenAsync(new UploadRequest("job", tree));

        Offered(session, new UploadTarget(id, parameters)).Should().BeEmpty();
        Offered(session, Target with { Endpoint = new Uri("http://moved/") }).Should().HaveCount(3, "an endpoint is no part of a target");
    }

    [Fact]
    public async Task Preferred_target_is_the_one_with_most_bytes_of_the_tree()
    {
        await using var layer = new UploadLayer();
        var tree = layer.Tree("tree", ("a", new string('a', 100)), ("b", "b"), ("c", "c"));
        var large = new UploadTarget("large", "v1");
        await layer.RecordAllAsync("job", tree, large, count: 1);
        await using (var session = await layer.Store.OpenAsync(new UploadRequest("job", tree)))
        {
            await session.For(Target).RecordFileAsync(session.Files[1], "b");
            await session.For(Target).RecordFileAsync(session.Files[2], "c");
        }

        await using var second = await layer.Store.OpenAsync(new UploadRequest("job", tree));
        second.PreferredTarget.Should().Be(large);
        await using var chosen = await layer.Store.OpenAsync(new UploadRequest("job", tree) { Target = Target });
        chosen.PreferredTarget.Should().BeSameAs(chosen.PreferredTarget).And.Be(Target);
    }

    [Fact]
    public async Task Forgotten_file_is_not_offered_again_and_takes_the_tree_with_it()
    {
        await using var layer = new UploadLayer();
        var tree = layer.Tree("tree", Content);
        await layer.RecordAllAsync("job", tree, Target);
        await using (var session = await layer.Store.OpenAsync(new UploadRequest("job", tree)))
        {
            await session.CompleteAsync(new UploadResult("root") { Target = Target });
        }

        await using (var session = await layer.Store.OpenSessionAsync(new UploadRequest("job", tree), null, default))
        {
            session.Recorded!.RootCid.Should().Be("root");
            await session.For(Target).ForgetAsync(session.Files[1]);
        }

        await using var last = await layer.Store.OpenSessionAsync(new UploadRequest("job", tree), null, default);
        last.Recorded.Should().BeNull();
        Offered(last, Target).Should().Equal("720p/a.ts", "master.m3u8");
    }

    // Which bytes were sent nobody can say: a write in between may leave the time as it is.
    [Fact]
    public async Task File_whose_time_lies_ahead_of_the_clock_is_not_recorded_and_the_others_are()
    {
        await using var layer = new UploadLayer();
        var tree = layer.Tree("tree", Content);
        File.SetLastWriteTimeUtc(Path.Combine(tree, "720p/a.ts"), DateTime.UtcNow.AddHours(1));

        await layer.RecordAllAsync("first", tree, Target);

        await using var session = await layer.Store.OpenAsync(new UploadRequest("second", tree));
        var checkpoint = session.For(Target);
        session.Files.Where(file => !checkpoint.TryGetCid(file, out _)).Select(static file => file.RelativePath).Should().Equal("720p/a.ts");
    }

    [Fact]
    public async Task File_that_changed_after_it_was_hashed_is_neither_offered_nor_recorded()
    {
        await using var layer = new UploadLayer();
        var tree = layer.Tree("tree", Content);
        await layer.RecordAllAsync("job", tree, Target, count: 1);
        await using (var session = await layer.Store.OpenAsync(new UploadRequest("job", tree)))
        {
            File.WriteAllText(Path.Combine(tree, "720p/a.ts"), "changed");
            File.WriteAllText(Path.Combine(tree, "720p/b.ts"), "changed");
            session.For(Target).TryGetCid(session.Files[0], out _).Should().BeFalse();
            await session.For(Target).RecordFileAsync(session.Files[1], "wrong");
        }

        layer.EverythingOnDisk().Should().NotContain("wrong");
    }

    [Fact]
    public async Task Record_whose_wait_was_cancelled_is_kept_all_the_same()
    {
        await using var layer = new UploadLayer(fileSystem: new AppendsUnderLock());
        var tree = layer.Tree("tree", Content);
        await using (var session = await layer.Store.OpenAsync(new UploadRequest("job", tree)))
        {
            // Held, so that there is a wait to cancel: an append that is done already is not one. Only where appends are not one step do they take this lock.
            layer.Layer.EnsureOpen();
            using (layer.Layer.TryLock(JournalFiles.LockNameOf(TargetName.Of(Target).Short), exclusive: true))
            {
                var record = async () => await session.For(Target).RecordFileAsync(session.Files[0], "late", new CancellationToken(canceled: true));
                await record.Should().ThrowAsync<OperationCanceledException>();
            }

            await session.For(Target).RecordFileAsync(session.Files[1], "next");
        }

        layer.EverythingOnDisk().Should().Contain("late").And.Contain("next");
    }

    [Fact]
    public async Task Twins_in_two_processes_lose_nothing_and_see_each_others_files()
    {
        await using var one = new UploadLayer();
        await using var two = new UploadLayer(one.Root);
        var files = Enumerable.Range(0, 200).Select(i => ($"f{i:d3}", $"content {i}")).ToArray();
        var tree = one.Tree("tree", files);
        await using var first = await one.Store.OpenAsync(new UploadRequest("job", tree));
        await using var second = await two.Store.OpenAsync(new UploadRequest("job", tree));

        await Task.WhenAll(
            Task.Run(() => Parallel.ForEachAsync(first.Files.Take(120), async (file, stop) => await first.For(Target).RecordFileAsync(file, UploadLayer.CidOf(file), stop))),
            Task.Run(() => Parallel.ForEachAsync(second.Files.Skip(80), async (file, stop) => await second.For(Target).RecordFileAsync(file, UploadLayer.CidOf(file), stop))));
        await first.For(Target).RecordFileAsync(first.Files[0], UploadLayer.CidOf(first.Files[0]));

        Offered(first, Target).Should().HaveCount(200, "the twin's confirmations came along with the last record");
        await using var third = new UploadLayer(one.Root);
        await using var later = await third.Store.OpenAsync(new UploadRequest("job", tree));
        Offered(later, Target).Should().HaveCount(200);
    }

    [Theory]
    [InlineData(CacheUse.Refresh, 0, true)]
    [InlineData(CacheUse.NoStore, 3, false)]
    [InlineData(CacheUse.Bypass, 0, false)]
    [InlineData(CacheUse.Use, 3, true)]
    public async Task Use_of_the_cache_decides_what_is_offered_and_what_is_kept(CacheUse use, int offered, bool kept)
    {
        await using var layer = new UploadLayer();
        var tree = layer.Tree("tree", Content);
        await layer.RecordAllAsync("job", tree, Target);
        var more = layer.Tree("more", [.. Content, ("zzz", "zzz")]);
        await using (var session = await layer.Store.OpenAsync(new UploadRequest("job", more) { Use = use }))
        {
            Offered(session, Target).Should().HaveCount(offered);
            await session.For(Target).RecordFileAsync(session.Files[3], "fresh-one");
            if (use is not CacheUse.Bypass)
            {
                session.For(Target).TryGetCid(session.Files[3], out _).Should().BeTrue("this session confirmed it");
            }
        }

        layer.EverythingOnDisk().Contains("fresh-one", StringComparison.Ordinal).Should().Be(kept);
    }

    [Fact]
    public async Task Observing_layer_records_and_offers_nothing()
    {
        await using var layer = new UploadLayer();
        var tree = layer.Tree("tree", Content);
        layer.Current = layer.Current with { UploadsMode = LayerMode.Observe };
        await layer.RecordAllAsync("job", tree, Target);
        await using (var session = await layer.Store.OpenSessionAsync(new UploadRequest("job", tree), null, default))
        {
            Offered(session, Target).Should().BeEmpty();
            session.PreferredTarget.Should().BeNull();
            session.Skippable.Should().Be((3, 8));
        }

        layer.Current = layer.Current with { UploadsMode = LayerMode.On };
        await using var on = await layer.Store.OpenAsync(new UploadRequest("job", tree));
        Offered(on, Target).Should().HaveCount(3);
    }

    [Fact]
    public async Task Completing_twice_changes_nothing()
    {
        await using var layer = new UploadLayer();
        var tree = layer.Tree("tree", Content);
        await using var session = await layer.Store.OpenAsync(new UploadRequest("job", tree));
        await session.CompleteAsync(new UploadResult("first") { Target = Target });
        await session.CompleteAsync(new UploadResult("later-root") { Target = Target });
        await session.FailAsync(new InvalidOperationException());

        var state = await layer.Store.LoadAsync("job");
        state!.RootCid.Should().Be("first");
        state.Errors.Should().BeEmpty();
        layer.EverythingOnDisk().Should().NotContain("later-root");
    }

    [Fact]
    public async Task Hashes_of_profiles_on_their_way_are_waited_for_but_not_for_ever()
    {
        await using var layer = new UploadLayer();
        layer.Current = layer.Current with { OperationTimeout = TimeSpan.FromMilliseconds(50) };
        var tree = layer.Tree("tree", Content);
        var never = new TaskCompletionSource<string?>();
        var profile = new EncodedProfile { Name = "720p", Directory = Path.Combine(tree, "720p"), Playlist = "p", PendingHash = never.Task };

        await using var session = await layer.Store.OpenAsync(new UploadRequest("job", tree) { Profiles = [profile] });

        session.Files.Should().HaveCount(3);
    }

    [Fact]
    public async Task Profile_hash_in_the_state_is_the_tree_hash_of_its_files()
    {
        await using var layer = new UploadLayer();
        var tree = layer.Tree("tree", Content);
        await using var session = await layer.Store.OpenAsync(new UploadRequest("job", tree) { Profiles = [UploadLayer.Profile(tree, "720p")] });
        await session.For(Target).RecordFileAsync(session.Files[0], "a");
        await session.FailAsync(new IOException("x"));

        var state = (await layer.Store.LoadAsync("job"))!.Profiles["720p"];
        var files = session.Files.Take(2).Select(file => (file.RelativePath["720p/".Length..], file.Length, file.Sha256));
        state.Should().Be(new ProfileUploadState { ContentHash = TreeHash.Compute(files), TotalFiles = 2, UploadedFiles = 1 });
    }

    internal static List<string> Offered(IUploadSession session, UploadTarget target) =>
        [.. session.Files.Where(file => session.For(target).TryGetCid(file, out _)).Select(file => file.RelativePath)];

    private sealed class Listening(Action<StageProgress> heard) : IProgress<StageProgress>
    {
        public void Report(StageProgress value) => heard(value);
    }

    private sealed class AppendsUnderLock : ForwardingFileSystem
    {
        public override bool AppendsInOneStep => false;
    }
}
