using System.Collections.Concurrent;
using SmartCache.Abstractions;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Uploads;

/// <summary>An older answer never overrides what was learned meanwhile, whoever learned it and wherever the two records stand.</summary>
public class NewerKnowledgeTests
{
    private static readonly UploadTarget Target = new("node", "v1");
    private static readonly (string, string)[] Content = [("720p/a.ts", "aaa"), ("720p/b.ts", "bbbb"), ("master.m3u8", "m")];

    [Theory, Trait("Found", "M3")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Answer_that_was_on_its_way_while_another_process_missed_a_file_does_not_make_the_tree_whole(bool sorted)
    {
        await using var worker = new UploadLayer();
        var tree = worker.Tree("tree", Content);
        await UploadAsync(worker, tree);
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var answer = new TaskCompletionSource<Presence>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var asking = new UploadLayer(worker.Root, new SlowPresence(asked, answer.Task), new ShiftedTime { Shift = TimeSpan.FromHours(2) });
        var opening = asking.Store.OpenSessionAsync(Request(tree), null, default);
        await asked.Task.Guarded();

        await using (var session = await worker.Store.OpenAsync(Request(tree)))
        {
            await session.For(Target).ForgetAsync(session.Files[0]);
        }

        answer.SetResult(Presence.Present);
        await using (var late = await opening.Guarded())
        {
            late.Recorded.Should().BeNull("the file was missed after the question");
            UploadSessionTests.Offered(late, Target).Should().NotContain("720p/a.ts");
        }

        if (sorted)
        {
            worker.ClosePart(Target);
            await worker.RecordAllAsync("job", worker.Tree("other", ("x", "x")), Target);
            worker.Store.Cleanup(worker.Pulse, worker.Time.GetUtcNow());
        }

        asking.Time.Shift = TimeSpan.FromHours(2) + TimeSpan.FromMinutes(1);
        await using var next = await asking.Store.OpenSessionAsync(Request(tree), null, default);
        next.Recorded.Should().BeNull();
        UploadSessionTests.Offered(next, Target).Should().NotContain("720p/a.ts");
    }

    [Fact, Trait("Found", "M3")]
    public async Task File_that_was_taken_back_is_not_offered_however_many_appends_are_under_way()
    {
        await using var one = new UploadLayer();
        await using var twin = new UploadLayer(one.Root);
        var tree = one.Tree("tree", [.. Enumerable.Range(0, 60).Select(static i => ($"f{i:d2}", $"content {i}"))]);
        await using var session = await one.Store.OpenAsync(new UploadRequest("job", tree));
        await using var other = await twin.Store.OpenAsync(new UploadRequest("job", tree));
        for (var i = 0; i < 20; i++)
        {
            var forgotten = session.Files[i];
            await session.For(Target).RecordFileAsync(forgotten, "cid");
            await other.For(Target).RecordFileAsync(other.Files[20 + i], "cid");

            var appending = session.For(Target).RecordFileAsync(session.Files[40 + i], "cid");
            await session.For(Target).ForgetAsync(forgotten);
            await appending;

            session.For(Target).TryGetCid(forgotten, out _).Should().BeFalse("round {0}", i);
        }
    }

    [Fact, Trait("Found", "M3")]
    public async Task Confirmation_that_waited_for_room_on_the_disk_does_not_undo_what_was_missed_meanwhile()
    {
        await using var layer = new UploadLayer();
        await using var other = new UploadLayer(layer.Root);
        var tree = layer.Tree("tree", ("a", "a"), ("b", "b"));
        await using var session = await layer.Store.OpenAsync(new UploadRequest("job", tree));
        layer.Current = layer.Current with { Enabled = true };
        File.WriteAllText(Path.Combine(layer.Current.Root, "DISABLED"), "");
        await session.For(Target).RecordFileAsync(session.Files[0], "cid");
        File.Delete(Path.Combine(layer.Current.Root, "DISABLED"));
        await using (var knowing = await other.Store.OpenAsync(new UploadRequest("other", tree)))
        {
            await knowing.For(Target).ForgetAsync(knowing.Files[0]);
        }

        await session.For(Target).RecordFileAsync(session.Files[1], "cid");

        await using var next = await other.Store.OpenAsync(new UploadRequest("next", tree));
        UploadSessionTests.Offered(next, Target).Should().Equal("b");
    }

    [Fact, Trait("Found", "M3")]
    public async Task Tree_is_not_recorded_as_whole_where_another_process_missed_a_file_during_the_upload()
    {
        await using var layer = new UploadLayer();
        await using var other = new UploadLayer(layer.Root);
        var tree = layer.Tree("tree", Content);
        await layer.RecordAllAsync("job", tree, Target);
        await using (var session = await layer.Store.OpenAsync(Request(tree)))
        {
            session.For(Target).TryGetCid(session.Files[0], out _).Should().BeTrue();
            await using (var knowing = await other.Store.OpenAsync(new UploadRequest("other", tree)))
            {
                await knowing.For(Target).ForgetAsync(knowing.Files[0]);
            }

            await session.For(Target).RecordProfileAsync(UploadLayer.Profile(tree, "720p"), "dir");
            await session.CompleteAsync(new UploadResult("root") { Target = Target });
        }

        await using var next = await layer.Store.OpenSessionAsync(Request(tree), null, default);
        next.Recorded.Should().BeNull();
        UploadSessionTests.Offered(next, Target).Should().Equal("720p/b.ts", "master.m3u8");
    }

    [Fact, Trait("Found", "M3")]
    public async Task File_that_was_missed_and_sent_again_in_the_same_upload_leaves_the_tree_whole()
    {
        await using var layer = new UploadLayer();
        var tree = layer.Tree("tree", Content);
        await UploadAsync(layer, tree);
        await using (var session = await layer.Store.OpenAsync(Request(tree)))
        {
            await session.For(Target).ForgetAsync(session.Files[0]);
            await session.For(Target).RecordFileAsync(session.Files[0], UploadLayer.CidOf(session.Files[0]));
            await session.CompleteAsync(new UploadResult("again") { Target = Target });
        }

        await using var next = await layer.Store.OpenSessionAsync(Request(tree), null, default);
        next.Recorded!.RootCid.Should().Be("again");
    }

    [Fact, Trait("Found", "M3")]
    public async Task Forget_is_on_the_disk_when_the_call_returns()
    {
        var disk = new FlushingDisk();
        await using var layer = new UploadLayer(fileSystem: disk);
        var tree = layer.Tree("tree", ("a", "a"));
        await using var session = await layer.Store.OpenAsync(new UploadRequest("job", tree));
        disk.Flushed.Clear(); // the markers of a cache just made
        await session.For(Target).RecordFileAsync(session.Files[0], "cid");
        disk.Flushed.Should().BeEmpty("a confirmation may be lost with the power");

        await session.For(Target).ForgetAsync(session.Files[0]);

        var part = layer.JournalOf(Target);
        disk.Flushed.Should().Equal(part, Path.GetDirectoryName(part), layer.Targets, layer.Layer.Itself);
    }

    [Fact, Trait("Found", "M29")]
    public async Task Own_target_is_found_among_more_than_are_looked_through()
    {
        await using var layer = new UploadLayer();
        var tree = layer.Tree("tree", ("a", "a"), ("b", "b"));
        await layer.RecordAllAsync("job", tree, Target);
        Directory.SetLastWriteTimeUtc(Path.GetDirectoryName(layer.JournalOf(Target))!, DateTime.UtcNow.AddHours(-1));
        var other = layer.Tree("other", ("c", "c"));
        for (var i = 0; i < 70; i++)
        {
            await layer.RecordAllAsync("job", other, new UploadTarget($"node {i}", "v1"));
        }

        await using (var named = await layer.Store.OpenAsync(new UploadRequest("job", tree) { Target = Target }))
        {
            UploadSessionTests.Offered(named, Target).Should().Equal("a", "b");
        }

        await using var unnamed = await layer.Store.OpenAsync(new UploadRequest("job", tree));
        UploadSessionTests.Offered(unnamed, Target).Should().Equal("a", "b");
    }

    [Fact, Trait("Found", "M29")]
    public async Task Target_whose_id_has_credentials_is_found_when_the_uploader_names_it()
    {
        await using var layer = new UploadLayer();
        var secret = new UploadTarget("https://user:password@node/", "v1");
        var tree = layer.Tree("tree", ("a", "a"));
        await layer.RecordAllAsync("job", tree, secret);

        await using var session = await layer.Store.OpenAsync(new UploadRequest("job", tree));

        UploadSessionTests.Offered(session, secret).Should().Equal("a");
        layer.EverythingOnDisk().Should().NotContain("password");
    }

    [Fact, Trait("Found", "M37")]
    public async Task Observing_layer_counts_all_files_of_a_tree_that_is_recorded_only_as_a_whole()
    {
        await using var layer = new UploadLayer();
        layer.Current = layer.Current with { UploadsMode = LayerMode.Observe };
        var uploader = new ResumingIpfsUploader(new ScriptedUploader(Target) { IgnoresSession = true }, layer.Store);
        var tree = layer.Tree("tree", ("a", "a"), ("b", "bb"));
        await uploader.UploadAsync(new UploadRequest("job", tree));

        await uploader.UploadAsync(new UploadRequest("job", tree));

        layer.Log.Should().Contain(line => line.StartsWith("303 ", StringComparison.Ordinal) && line.Contains("2 files with 3 bytes", StringComparison.Ordinal));
    }

    [Fact, Trait("Found", "M4")]
    public async Task Session_says_what_it_passed_by_and_a_profile_with_a_link_in_it_has_no_hash()
    {
        await using var layer = new UploadLayer();
        var tree = layer.Tree("tree", Content);
        var outside = layer.Tree("outside", ("c.ts", "c"));
        File.CreateSymbolicLink(Path.Combine(tree, "720p", "c.ts"), Path.Combine(outside, "c.ts"));
        Directory.CreateSymbolicLink(Path.Combine(tree, "480p"), outside);

        await using var session = await layer.Store.OpenSessionAsync(Request(tree), null, default);

        session.PassedBy.Should().BeEquivalentTo("480p", "720p/c.ts");
        session.Tree.Profiles.Single().Hash.Should().BeNull("the directory's CID will be of more than the files that were hashed");
    }

    private static UploadRequest Request(string tree) => new("job", tree) { Profiles = [UploadLayer.Profile(tree, "720p")] };

    private static async Task UploadAsync(UploadLayer layer, string tree)
    {
        await using var session = await layer.Store.OpenAsync(Request(tree));
        foreach (var file in session.Files)
        {
            await session.For(Target).RecordFileAsync(file, UploadLayer.CidOf(file));
        }

        await session.For(Target).RecordProfileAsync(UploadLayer.Profile(tree, "720p"), "dir");
        await session.CompleteAsync(new UploadResult("root") { Target = Target });
    }

    /// <summary>Remembers what was flushed.</summary>
    private sealed class FlushingDisk : ForwardingFileSystem
    {
        public ConcurrentQueue<string> Flushed { get; } = new();

        public override void Flush(string path)
        {
            Flushed.Enqueue(path);
            base.Flush(path);
        }
    }

    private sealed class SlowPresence(TaskCompletionSource asked, Task<Presence> answer) : IUploadPresence
    {
        public async ValueTask<Presence> CheckAsync(UploadTarget target, string cid, CancellationToken cancellationToken = default)
        {
            asked.TrySetResult();
            return await answer.WaitAsync(cancellationToken);
        }
    }
}
