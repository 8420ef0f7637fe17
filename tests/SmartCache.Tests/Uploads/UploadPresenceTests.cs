using System.Collections.Concurrent;
using SmartCache.Tests.Stages;
using SmartCache.Tests.Support;
using SmartCache.Uploads;

namespace SmartCache.Tests.Uploads;

public sealed class UploadPresenceTests : IDisposable
{
    private static readonly UploadTarget Target = new("node", "v1");
    private static readonly (string, string)[] Content = [("720p/a.ts", "aaa"), ("720p/b.ts", "bbbb"), ("master.m3u8", "m")];

    [Fact]
    public async Task Stale_records_are_not_relied_on_without_a_way_to_check()
    {
        await using var layer = new UploadLayer();
        var tree = layer.Tree("tree", Content);
        await UploadAsync(layer, tree);
        layer.Time.Shift = TimeSpan.FromMinutes(61);

        await using var session = await OpenAsync(layer, tree);

        session.Recorded.Should().BeNull();
        session.PreferredTarget.Should().BeNull();
        UploadSessionTests.Offered(session, Target).Should().BeEmpty();
    }

    [Theory, Trait("Found", "M3c")]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Where_nothing_is_trusted_a_record_of_the_same_second_is_asked_about(bool canAsk)
    {
        var presence = canAsk ? new AnsweringPresence((_, _) => Presence.Present) : null;
        await using var layer = new UploadLayer(presence: presence, time: new ShiftedTime { Standing = DateTimeOffset.UtcNow });
        layer.Current = layer.Current with { TrustUploads = TimeSpan.Zero };
        var tree = layer.Tree("tree", Content);
        await UploadAsync(layer, tree);

        await using var session = await OpenAsync(layer, tree);

        (presence?.Asked.Count ?? 0).Should().Be(canAsk ? 1 : 0);
        (session.Recorded is not null).Should().Be(canAsk);
        UploadSessionTests.Offered(session, Target).Should().HaveCount(canAsk ? 3 : 0);
        foreach (var file in session.Files)
        {
            await session.For(Target).RecordFileAsync(file, UploadLayer.CidOf(file));
        }

        UploadSessionTests.Offered(session, Target).Should().HaveCount(3, "what the session itself confirmed counts");
    }

    [Fact]
    public async Task Fresh_records_are_relied_on_without_asking()
    {
        var presence = new AnsweringPresence((_, _) => Presence.Missing);
        await using var layer = new UploadLayer(presence: presence);
        var tree = layer.Tree("tree", Content);
        await UploadAsync(layer, tree);
        layer.Time.Shift = TimeSpan.FromMinutes(59);

        await using var session = await OpenAsync(layer, tree);

        session.Recorded!.RootCid.Should().Be("root");
        presence.Asked.Should().BeEmpty();
    }

    [Fact]
    public async Task Present_root_answers_for_everything_and_is_fresh_again()
    {
        var presence = new AnsweringPresence((_, _) => Presence.Present);
        await using var layer = new UploadLayer(presence: presence);
        var tree = layer.Tree("tree", Content);
        await UploadAsync(layer, tree);
        layer.Time.Shift = TimeSpan.FromHours(2);

        var chosen = Target with { Endpoint = new Uri("http://today/") };
        await using (var session = await OpenAsync(layer, tree, chosen))
        {
            session.Recorded!.RootCid.Should().Be("root");
            UploadSessionTests.Offered(session, Target).Should().HaveCount(3);
        }

        presence.Asked.Should().ContainSingle().Which.Should().Be((chosen, "root"));
        await using var again = await OpenAsync(layer, tree);
        presence.Asked.Should().HaveCount(1, "the answer was kept");
        again.Recorded.Should().NotBeNull();
    }

    [Fact]
    public async Task Missing_root_is_forgotten_and_the_profiles_are_asked_for_next()
    {
        var presence = new AnsweringPresence((_, cid) => cid is "dir" ? Presence.Present : Presence.Missing);
        await using var layer = new UploadLayer(presence: presence);
        var tree = layer.Tree("tree", Content);
        await UploadAsync(layer, tree);
        layer.Time.Shift = TimeSpan.FromHours(2);

        await using (var session = await OpenAsync(layer, tree))
        {
            session.Recorded.Should().BeNull();
            UploadSessionTests.Offered(session, Target).Should().Equal("720p/a.ts", "720p/b.ts");
            var master = session.Files[2];
            presence.Asked.Select(asked => asked.Cid).Should().Equal("root", "dir", UploadLayer.CidOf(master));
        }

        layer.Time.Shift = TimeSpan.FromMinutes(1);
        await using var other = await OpenAsync(layer, tree);
        other.Recorded.Should().BeNull("what was missing is forgotten, not just stale");
        UploadSessionTests.Offered(other, Target).Should().NotContain("master.m3u8");
    }

    [Fact]
    public async Task Missing_files_are_sent_again_and_present_ones_are_not()
    {
        await using var layer = new UploadLayer();
        var tree = layer.Tree("tree", Content);
        await layer.RecordAllAsync("job", tree, Target);
        string? missing = null;
        var presence = new AnsweringPresence((_, cid) => cid == missing ? Presence.Missing : Presence.Present);
        await using var later = new UploadLayer(layer.Root, presence, new ShiftedTime { Shift = TimeSpan.FromHours(3) });
        await using (var fresh = await layer.Store.OpenAsync(new UploadRequest("job", tree)))
        {
            missing = UploadLayer.CidOf(fresh.Files[1]);
        }

        await using var session = await OpenAsync(later, tree);

        UploadSessionTests.Offered(session, Target).Should().Equal("720p/a.ts", "master.m3u8");
        session.PreferredTarget.Should().Be(Target);
        presence.Asked.Should().HaveCount(3);
    }

    [Theory]
    [InlineData("unknown")]
    [InlineData("throws")]
    [InlineData("hangs")]
    public async Task Unknown_answer_neither_deletes_nor_counts_as_present(string how)
    {
        var presence = new AnsweringPresence((_, _) => how switch
        {
            "unknown" => Presence.Unknown,
            "throws" => throw new HttpRequestException("https://user:password@node"),
            _ => Hang(),
        });
        await using var layer = new UploadLayer();
        var tree = layer.Tree("tree", Content);
        await UploadAsync(layer, tree);
        var before = File.ReadAllBytes(layer.JournalOf(Target));
        await using var later = new UploadLayer(layer.Root, presence, new ShiftedTime { Shift = TimeSpan.FromHours(3) });
        later.Current = later.Current with { OperationTimeout = TimeSpan.FromMilliseconds(how == "hangs" ? 100 : 10_000) };

        await using (var session = await OpenAsync(later, tree))
        {
            session.Recorded.Should().BeNull();
            UploadSessionTests.Offered(session, Target).Should().BeEmpty();
        }

        _released.Set();
        File.ReadAllBytes(layer.JournalOf(Target)).Should().Equal(before);
        later.Log.Should().NotContain(line => line.Contains("password", StringComparison.Ordinal));
        await using var asBefore = await OpenAsync(layer, tree);
        asBefore.Recorded.Should().NotBeNull();
    }

    [Fact]
    public async Task Dead_target_is_asked_a_few_times_and_not_once_per_file()
    {
        var presence = new AnsweringPresence((_, _) => throw new HttpRequestException());
        await using var layer = new UploadLayer();
        var tree = layer.Tree("tree", [.. Enumerable.Range(0, 300).Select(i => ($"{i}", $"{i}"))]);
        await layer.RecordAllAsync("job", tree, Target);
        await using var later = new UploadLayer(layer.Root, presence, new ShiftedTime { Shift = TimeSpan.FromHours(3) });

        await using var session = await OpenAsync(later, tree);

        presence.Asked.Count.Should().BeLessThan(20);
        later.Log.Should().ContainSingle(line => line.StartsWith("310 ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Targets_are_asked_at_once_so_that_one_that_hangs_does_not_delay_the_others()
    {
        UploadTarget[] targets = [new("one", "v1"), new("two", "v1"), new("three", "v1")];
        var presence = new MeetingPresence(targets.Length, holder: "two");
        await using var layer = new UploadLayer();
        var tree = layer.Tree("tree", Content);
        for (var i = 0; i < targets.Length; i++)
        {
            await layer.RecordAllAsync("job", tree, targets[i], count: targets.Length - i);
        }

        await using var later = new UploadLayer(layer.Root, presence, new ShiftedTime { Shift = TimeSpan.FromHours(3) });
        later.Current = later.Current with { OperationTimeout = TimeSpan.FromMinutes(30) };

        await using var session = await OpenAsync(later, tree).Guarded();

        session.PreferredTarget!.Id.Should().Be("two");
    }

    [Fact]
    public async Task Progress_of_asking_several_targets_at_once_never_goes_back()
    {
        // Each target reports after 8 and 16 answers; the second one answers only when the first one's are told.
        UploadTarget[] targets = [new("one", "v1"), new("two", "v1")];
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var layer = new UploadLayer();
        var tree = layer.Tree("tree", [.. Enumerable.Range(0, 16).Select(i => ($"720p/{i}.ts", $"content {i}"))]);
        foreach (var target in targets)
        {
            await layer.RecordAllAsync("job", tree, target);
        }

        await using var later = new UploadLayer(layer.Root, new FollowingPresence("two", told.Task), new ShiftedTime { Shift = TimeSpan.FromHours(3) });
        later.Current = later.Current with { OperationTimeout = TimeSpan.FromMinutes(30) };
        List<double?> fractions = [];
        var progress = new ProgressList { OnReport = Tell };

        await using var session = await later.Store.OpenSessionAsync(new UploadRequest("retry", tree), progress, default).Guarded();

        fractions.Should().Equal(0.25, 0.5, 0.75, 1);

        void Tell(StageProgress report)
        {
            if (report.Phase != "checking")
            {
                return;
            }

            fractions.Add(report.Fraction);
            if (fractions.Count == 2)
            {
                told.TrySetResult();
            }
        }
    }

    [Fact]
    public async Task Wrong_root_is_taken_back_by_an_upload_with_refresh_and_not_by_removing_the_job()
    {
        await using var layer = new UploadLayer();
        var tree = layer.Tree("tree", Content);
        await UploadAsync(layer, tree, root: "wrong");

        (await layer.Store.RemoveAsync("job")).Should().BeTrue();
        await using (var session = await OpenAsync(layer, tree))
        {
            session.Recorded!.RootCid.Should().Be("wrong", "a tree is found by its content");
        }

        await UploadAsync(layer, tree, root: "right", CacheUse.Refresh);
        await using var again = await OpenAsync(layer, tree);
        again.Recorded!.RootCid.Should().Be("right");
    }

    [Fact]
    public async Task Records_from_the_future_are_not_relied_on()
    {
        await using var layer = new UploadLayer(time: new ShiftedTime { Shift = TimeSpan.FromDays(3) });
        var tree = layer.Tree("tree", Content);
        await UploadAsync(layer, tree);
        layer.Time.Shift = TimeSpan.Zero;

        await using var session = await OpenAsync(layer, tree);

        session.Recorded.Should().BeNull();
        UploadSessionTests.Offered(session, Target).Should().BeEmpty();
    }

    private readonly ManualResetEventSlim _released = new();

    public void Dispose() => _released.Dispose();

    private Presence Hang()
    {
        _released.Wait(TimeSpan.FromSeconds(60));
        return Presence.Present;
    }

    private static async Task UploadAsync(UploadLayer layer, string tree, string root = "root", CacheUse use = CacheUse.Use)
    {
        var profile = UploadLayer.Profile(tree, "720p");
        await using var session = await layer.Store.OpenAsync(new UploadRequest("job", tree) { Profiles = [profile], Use = use });
        foreach (var file in session.Files)
        {
            await session.For(Target).RecordFileAsync(file, UploadLayer.CidOf(file));
        }

        await session.For(Target).RecordProfileAsync(profile, "dir");
        await session.CompleteAsync(new UploadResult(root) { Target = Target });
    }

    private static Task<UploadSession> OpenAsync(UploadLayer layer, string tree, UploadTarget? target = null) =>
        layer.Store.OpenSessionAsync(new UploadRequest("retry", tree) { Profiles = [UploadLayer.Profile(tree, "720p")], Target = target }, null, default);

    /// <summary>Everything is lost; one target answers only after the others are done.</summary>
    private sealed class FollowingPresence(string last, Task others) : IUploadPresence
    {
        public async ValueTask<Presence> CheckAsync(UploadTarget target, string cid, CancellationToken cancellationToken = default)
        {
            if (target.Id == last)
            {
                await others.WaitAsync(cancellationToken);
            }

            return Presence.Missing;
        }
    }

    /// <summary>Answers nobody before every target was asked for something.</summary>
    private sealed class MeetingPresence(int targets, string holder) : IUploadPresence
    {
        private readonly ConcurrentDictionary<string, bool> _asked = new();
        private readonly TaskCompletionSource _met = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public async ValueTask<Presence> CheckAsync(UploadTarget target, string cid, CancellationToken cancellationToken = default)
        {
            _asked[target.Id] = true;
            if (_asked.Count == targets)
            {
                _met.TrySetResult();
            }

            await _met.Task.WaitAsync(cancellationToken);
            return target.Id == holder ? Presence.Present : Presence.Missing;
        }
    }
}
