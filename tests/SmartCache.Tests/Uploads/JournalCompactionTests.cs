using SmartCache.Uploads;

namespace SmartCache.Tests.Uploads;

public class JournalCompactionTests
{
    private static readonly UploadTarget Target = new("node", "v1");

    [Fact]
    public async Task Journal_of_mostly_history_is_compacted_and_says_the_same()
    {
        await using var layer = new UploadLayer();
        var tree = layer.Tree("tree", ("a", "a"), ("b", "b"), ("c", "c"));
        for (var i = 0; i < 5; i++)
        {
            await layer.RecordAllAsync("job", tree, Target);
        }

        await using (var session = await layer.Store.OpenAsync(new UploadRequest("job", tree)))
        {
            await session.For(Target).ForgetAsync(session.Files[2]);
        }

        var before = new FileInfo(layer.JournalOf(Target)).Length;
        layer.Store.Cleanup(layer.Pulse, layer.Time.GetUtcNow());

        new FileInfo(layer.JournalOf(Target)).Length.Should().BeLessThan(before / 2);
        await using var after = await layer.Store.OpenAsync(new UploadRequest("job", tree));
        UploadSessionTests.Offered(after, Target).Should().Equal("a", "b");
        after.PreferredTarget.Should().Be(Target);
        Directory.GetFiles(layer.Layer.Staging, "*", SearchOption.AllDirectories).Should().BeEmpty();
    }

    [Fact]
    public async Task Journal_without_much_history_is_left_alone()
    {
        await using var layer = new UploadLayer();
        await layer.RecordAllAsync("job", layer.Tree("tree", ("a", "a"), ("b", "b")), Target);
        var before = layer.Layer.FileSystem.Stat(layer.JournalOf(Target));

        layer.Store.Cleanup(layer.Pulse, layer.Time.GetUtcNow());

        layer.Layer.FileSystem.Stat(layer.JournalOf(Target)).Should().Be(before);
    }

    [Fact]
    public async Task Journal_nobody_used_for_long_is_deleted_with_its_locks()
    {
        await using var layer = new UploadLayer();
        await layer.RecordAllAsync("job", layer.Tree("tree", ("a", "a")), Target);

        layer.Store.Cleanup(layer.Pulse, layer.Time.GetUtcNow().AddDays(8));

        Directory.GetFiles(layer.Targets).Should().BeEmpty();
        Directory.GetFiles(layer.Layer.Locks, "journal-*").Should().BeEmpty();
    }

    [Fact]
    public async Task Tree_whose_file_was_missed_and_sent_again_for_another_tree_is_not_whole_after_compaction_either()
    {
        await using var layer = new UploadLayer();
        var one = layer.Tree("one", ("a", "shared"), ("b", "b"));
        var other = layer.Tree("other", ("a", "shared"), ("c", "c"));
        await UploadAsync(layer, one, "root of one");
        for (var i = 0; i < 5; i++)
        {
            await layer.RecordAllAsync("job", other, Target);
        }

        await using (var session = await layer.Store.OpenAsync(new UploadRequest("job", other)))
        {
            await session.For(Target).ForgetAsync(session.Files[0]);
            await session.For(Target).RecordFileAsync(session.Files[0], UploadLayer.CidOf(session.Files[0]));
        }

        (await RecordedAsync(layer, one)).Should().BeNull("as long as the history is there");
        var before = new FileInfo(layer.JournalOf(Target)).Length;
        layer.Store.Cleanup(layer.Pulse, layer.Time.GetUtcNow());

        new FileInfo(layer.JournalOf(Target)).Length.Should().BeLessThan(before / 2);
        (await RecordedAsync(layer, one)).Should().BeNull();
        await UploadAsync(layer, one, "root of one, again");
        (await RecordedAsync(layer, one))!.RootCid.Should().Be("root of one, again");
    }

    [Fact]
    public async Task That_a_file_was_missed_is_history_once_no_directory_was_recorded_before()
    {
        await using var layer = new UploadLayer();
        var tree = layer.Tree("tree", ("a", "a"));
        for (var i = 0; i < 5; i++)
        {
            await using var session = await layer.Store.OpenAsync(new UploadRequest("job", tree));
            await session.For(Target).ForgetAsync(session.Files[0]);
            await session.For(Target).RecordFileAsync(session.Files[0], UploadLayer.CidOf(session.Files[0]));
        }

        await UploadAsync(layer, tree, "root");
        layer.Store.Cleanup(layer.Pulse, layer.Time.GetUtcNow());

        File.ReadAllText(layer.JournalOf(Target)).Should().NotContain(" f ");
        (await RecordedAsync(layer, tree))!.RootCid.Should().Be("root");
    }

    [Fact]
    public async Task Records_of_a_kind_from_a_newer_version_survive()
    {
        await using var layer = new UploadLayer();
        var tree = layer.Tree("tree", ("a", "a"));
        for (var i = 0; i < 5; i++)
        {
            await layer.RecordAllAsync("job", tree, Target);
        }

        var unknown = new JournalRecord((JournalKind)'Q', default, layer.Time.GetUtcNow().ToUnixTimeSeconds()).ToLine();
        using (var file = new FileStream(layer.JournalOf(Target), FileMode.Append))
        {
            file.Write(unknown);
        }

        layer.Store.Cleanup(layer.Pulse, layer.Time.GetUtcNow());

        var text = File.ReadAllText(layer.JournalOf(Target));
        text.Should().Contain(System.Text.Encoding.ASCII.GetString(unknown));
        text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Should().HaveCount(3, "header, file and the unknown one are left");
    }

    [Fact]
    public async Task Record_appended_while_the_compactor_copies_is_in_the_new_journal()
    {
        await using var layer = new UploadLayer();
        var tree = layer.Tree("tree", ("a", "a"), ("b", "b"));
        for (var i = 0; i < 5; i++)
        {
            await layer.RecordAllAsync("job", tree, Target, count: 1);
        }

        // A shared lock stops the compactor between its copy and its rename.
        var before = layer.Layer.FileSystem.Stat(layer.JournalOf(Target))!.Value;
        var appender = layer.Layer.TryLock(TargetJournal.LockNameOf(TargetName.Of(Target).Short), exclusive: false)!;
        var compacting = Task.Run(() => layer.Store.Cleanup(layer.Pulse, layer.Time.GetUtcNow()));
        try
        {
            SpinWait.SpinUntil(() => Directory.EnumerateFiles(layer.Layer.Staging, "*", SearchOption.AllDirectories).Any(path => new FileInfo(path).Length > 0), TimeSpan.FromSeconds(30))
                .Should().BeTrue();
            using var journal = new TargetJournal(layer.Layer, TargetName.Of(Target).Short);
            var b = new JournalRecord(JournalKind.File, ContentKeyOf("b"), layer.Time.GetUtcNow().ToUnixTimeSeconds()) { Length = 1, Cid = "cid-b" };
            journal.Append(b.ToLine(), JournalRecord.HeaderOf(Target, 1), layer.Pulse, null);
        }
        finally
        {
            appender.Dispose();
        }

        await compacting;
        layer.Layer.FileSystem.Stat(layer.JournalOf(Target))!.Value.Inode.Should().NotBe(before.Inode, "it was compacted");
        await using var session = await layer.Store.OpenAsync(new UploadRequest("job", tree));
        UploadSessionTests.Offered(session, Target).Should().Equal("a", "b");
    }

    [Fact]
    public async Task Appenders_beside_a_compactor_lose_nothing()
    {
        await using var one = new UploadLayer();
        await using var two = new UploadLayer(one.Root);
        await using var compactor = new UploadLayer(one.Root);
        var tree = one.Tree("tree", [.. Enumerable.Range(0, 400).Select(i => ($"f{i}", $"content {i}"))]);
        using var stop = new CancellationTokenSource();
        var compacting = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                compactor.Store.Cleanup(compactor.Pulse, compactor.Time.GetUtcNow());
            }
        });
        await Task.WhenAll(new[] { one, two }.Select((layer, half) => Task.Run(async () =>
        {
            await using var session = await layer.Store.OpenAsync(new UploadRequest("job", tree));
            for (var round = 0; round < 4; round++)
            {
                foreach (var file in session.Files.Where((_, i) => i % 2 == half))
                {
                    await session.For(Target).RecordFileAsync(file, UploadLayer.CidOf(file));
                }
            }
        })));
        await stop.CancelAsync();
        await compacting;

        compactor.Log.Should().Contain(line => line.StartsWith("321 ", StringComparison.Ordinal), "it compacted meanwhile")
            .And.NotContain(line => line.StartsWith("323 ", StringComparison.Ordinal));
        one.Log.Concat(two.Log).Should().NotContain(line => line.StartsWith("400 ", StringComparison.Ordinal));
        await using var check = await compactor.Store.OpenAsync(new UploadRequest("job", tree));
        UploadSessionTests.Offered(check, Target).Should().HaveCount(400);
    }

    private static ContentKey ContentKeyOf(string content) =>
        ContentKey.FromBytes(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(content)));

    private static async Task UploadAsync(UploadLayer layer, string tree, string root)
    {
        await layer.RecordAllAsync("job", tree, Target);
        await using var session = await layer.Store.OpenAsync(new UploadRequest("job", tree) { Target = Target });
        await session.CompleteAsync(new UploadResult(root) { Target = Target });
    }

    private static async Task<UploadResult?> RecordedAsync(UploadLayer layer, string tree)
    {
        await using var session = await layer.Store.OpenSessionAsync(new UploadRequest("job", tree), null, default);
        return session.Recorded;
    }
}
