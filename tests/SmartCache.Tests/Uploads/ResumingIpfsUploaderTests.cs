using SmartCache.Abstractions;

namespace SmartCache.Tests.Uploads;

public class ResumingIpfsUploaderTests
{
    private static readonly UploadTarget Target = new("node", "v1");

    [Fact]
    public async Task Retry_after_a_failure_sends_only_what_is_missing()
    {
        await using var layer = new UploadLayer();
        var tree = layer.Tree("tree", [.. Enumerable.Range(0, 10).Select(i => ($"720p/{i}", $"content {i}"))]);
        var inner = new ScriptedUploader(Target) { FailAt = 9, Failure = new HttpRequestException("https://user:password@node/", null, System.Net.HttpStatusCode.BadGateway) };
        var uploader = new ResumingIpfsUploader(inner, layer.Store);
        var request = new UploadRequest("job", tree) { Profiles = [UploadLayer.Profile(tree, "720p")] };

        var attempt = () => uploader.UploadAsync(request);
        (await attempt.Should().ThrowAsync<HttpRequestException>()).Which.Should().BeSameAs(inner.Failure);
        var failed = (await layer.Store.LoadAsync("job"))!;
        failed.Errors.Should().Equal("HttpRequestException 502");
        failed.Profiles["720p"].UploadedFiles.Should().Be(9);
        failed.Ended.Should().BeFalse();

        inner.Sent.Clear();
        inner.FailAt = null;
        var result = await uploader.UploadAsync(request);

        inner.Sent.Should().HaveCount(1);
        result.Should().BeEquivalentTo(new { FilesSent = 1, FilesSkipped = 9, BytesSent = 9L, BytesSkipped = 81L, Outcome = CacheOutcome.Miss, RootCid = "bafyroot" });
        var done = (await layer.Store.LoadAsync("job"))!;
        done.Should().BeEquivalentTo(new { JobId = "job", RootCid = "bafyroot", Ended = true, Attempts = 2 });
        layer.Retries[CacheOutcome.Miss].Should().Be(1, "the first attempt is none");
        layer.Retries.SavedBytes.Should().Be(81);
        done.Profiles["720p"].Should().BeEquivalentTo(new { Completed = true, Cid = "bafydir720p", UploadedFiles = 10, TotalFiles = 10 });
        layer.Log.Should().Contain(line => line.StartsWith("300 ", StringComparison.Ordinal)).And.NotContain(line => line.Contains("password", StringComparison.Ordinal));
        layer.EverythingOnDisk().Should().NotContain("password");
    }

    [Fact]
    public async Task Identical_tree_is_not_sent_again_whatever_the_job_and_directory()
    {
        await using var layer = new UploadLayer();
        var inner = new ScriptedUploader(Target);
        var uploader = new ResumingIpfsUploader(inner, layer.Store);
        await uploader.UploadAsync(new UploadRequest("one", layer.Tree("tree", ("a", "a"), ("b", "bb"))));

        var copy = layer.Tree("copy", ("a", "a"), ("b", "bb"));
        var result = await uploader.UploadAsync(new UploadRequest("two", copy));

        inner.Calls.Should().Be(1);
        result.Should().BeEquivalentTo(new UploadResult("bafyroot") { Target = Target, FilesSkipped = 2, BytesSkipped = 3, Verified = true, Outcome = CacheOutcome.Hit });
        (await layer.Store.LoadAsync("two"))!.Should().BeEquivalentTo(new { RootCid = "bafyroot", Ended = true });
        (await uploader.UploadAsync(new UploadRequest("two", copy) { Target = new UploadTarget("elsewhere", "v1") })).Outcome.Should().Be(CacheOutcome.Miss);
        inner.Calls.Should().Be(2);
    }

    [Fact]
    public async Task Uploader_that_ignores_the_session_is_skipped_as_a_whole_and_keeps_its_figures()
    {
        await using var layer = new UploadLayer();
        var inner = new ScriptedUploader(Target) { IgnoresSession = true };
        var uploader = new ResumingIpfsUploader(inner, layer.Store);
        var tree = layer.Tree("tree", ("a", "a"), ("b", "bb"));

        var first = await uploader.UploadAsync(new UploadRequest("job", tree));
        first.Should().BeEquivalentTo(new { FilesSent = 7, BytesSent = 77L, FilesSkipped = 0 });
        (await uploader.UploadAsync(new UploadRequest("job", tree))).Outcome.Should().Be(CacheOutcome.Hit);

        File.AppendAllText(Path.Combine(tree, "a"), "more");
        (await uploader.UploadAsync(new UploadRequest("job", tree))).Outcome.Should().Be(CacheOutcome.Miss);
        inner.Calls.Should().Be(2);
    }

    [Fact]
    public async Task Uploader_of_one_post_that_names_no_target_is_skipped_as_a_whole_where_the_request_names_it_and_counts_as_having_sent_all()
    {
        await using var layer = new UploadLayer();
        var inner = new OnePost();
        var uploader = new ResumingIpfsUploader(inner, layer.Store);
        var request = new UploadRequest("job", layer.Tree("tree", ("a", "a"), ("b", "bb"))) { Target = Target };

        (await uploader.UploadAsync(request)).Should().BeEquivalentTo(new { FilesSent = 2, BytesSent = 3L, FilesSkipped = 0, Outcome = CacheOutcome.Miss });
        (await uploader.UploadAsync(request)).Should().BeEquivalentTo(new { FilesSent = 0, FilesSkipped = 2, Target, Outcome = CacheOutcome.Hit });

        inner.Calls.Should().Be(1);
    }

    [Fact]
    public async Task Result_without_a_target_is_never_skipped()
    {
        await using var layer = new UploadLayer();
        var inner = new ScriptedUploader(null!) { IgnoresSession = true };
        var uploader = new ResumingIpfsUploader(inner, layer.Store);
        var tree = layer.Tree("tree", ("a", "a"));

        await uploader.UploadAsync(new UploadRequest("job", tree));
        await uploader.UploadAsync(new UploadRequest("job", tree));

        inner.Calls.Should().Be(2);
    }

    [Fact]
    public async Task Tree_that_changed_during_the_upload_is_not_recorded_as_a_whole()
    {
        await using var layer = new UploadLayer();
        var tree = layer.Tree("tree", ("a", "a"), ("b", "b"));
        var inner = new ScriptedUploader(Target) { BeforeEach = () => File.AppendAllText(Path.Combine(tree, "b"), "x") };
        await new ResumingIpfsUploader(inner, layer.Store).UploadAsync(new UploadRequest("job", tree));
        File.WriteAllText(Path.Combine(tree, "b"), "b");

        await using var session = await layer.Store.OpenSessionAsync(new UploadRequest("job", tree), null, default);

        session.Recorded.Should().BeNull();
    }

    [Fact]
    public async Task Finished_upload_whose_end_cannot_be_recorded_keeps_its_result()
    {
        await using var layer = new UploadLayer();
        // What the compiler lets through and the record of the whole tree does not expect.
        var inner = new ScriptedUploader(Target) { Answer = result => result with { ProfileCids = null! } };

        var result = await new ResumingIpfsUploader(inner, layer.Store).UploadAsync(new UploadRequest("job", layer.Tree("tree", ("a", "a"))));

        result.Should().BeEquivalentTo(new { RootCid = "bafyroot", Target, FilesSent = 1, Outcome = CacheOutcome.Miss });
        layer.Log.Should().Contain(line => line.StartsWith("305 ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Cancellation_leaves_state_and_no_error()
    {
        await using var layer = new UploadLayer();
        using var cancelled = new CancellationTokenSource();
        var count = 0;
        var inner = new ScriptedUploader(Target) { BeforeEach = () => { if (++count == 2) { cancelled.Cancel(); } } };
        var tree = layer.Tree("tree", ("a", "a"), ("b", "b"), ("c", "c"));
        var upload = () => new ResumingIpfsUploader(inner, layer.Store).UploadAsync(new UploadRequest("job", tree), null, cancelled.Token);

        await upload.Should().ThrowAsync<OperationCanceledException>();

        var state = (await layer.Store.LoadAsync("job"))!;
        state.Errors.Should().BeEmpty();
        state.Ended.Should().BeFalse();
        await using var session = await layer.Store.OpenAsync(new UploadRequest("job", tree));
        UploadSessionTests.Offered(session, Target).Should().Equal("a", "b");
    }

    [Fact]
    public async Task Cancelled_upload_is_no_failure_whatever_the_uploader_throws()
    {
        await using var layer = new UploadLayer();
        using var cancelled = new CancellationTokenSource();
        var inner = new ScriptedUploader(Target)
        {
            BeforeEach = () =>
            {
                cancelled.Cancel();
                throw new InvalidOperationException("the connection was closed");
            },
        };
        var tree = layer.Tree("tree", ("a", "a"), ("b", "b"));
        var upload = () => new ResumingIpfsUploader(inner, layer.Store).UploadAsync(new UploadRequest("job", tree), null, cancelled.Token);

        await upload.Should().ThrowAsync<InvalidOperationException>();

        (await layer.Store.LoadAsync("job"))!.Errors.Should().BeEmpty();
        layer.Log.Should().ContainSingle(line => line.StartsWith("302 ", StringComparison.Ordinal)).And.NotContain(line => line.StartsWith("301 ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(false, nameof(LayerMode.On), CacheUse.Use)]
    [InlineData(true, nameof(LayerMode.Off), CacheUse.Use)]
    [InlineData(true, nameof(LayerMode.On), CacheUse.Bypass)]
    public async Task Switched_off_it_calls_straight_through_and_writes_nothing(bool enabled, string mode, CacheUse use)
    {
        await using var layer = new UploadLayer();
        layer.Current = layer.Current with { Enabled = enabled, UploadsMode = Enum.Parse<LayerMode>(mode) };
        var inner = new ScriptedUploader(Target) { IgnoresSession = true };

        var result = await new ResumingIpfsUploader(inner, layer.Store).UploadAsync(new UploadRequest("job", layer.Tree("tree", ("a", "a"))) { Use = use });

        result.Outcome.Should().Be(CacheOutcome.Bypass);
        Directory.Exists(layer.Current.UploadsDirectory).Should().BeFalse();
    }

    [Fact]
    public async Task Observing_it_sends_everything_and_says_what_it_would_have_skipped()
    {
        await using var layer = new UploadLayer();
        layer.Current = layer.Current with { UploadsMode = LayerMode.Observe };
        var inner = new ScriptedUploader(Target);
        var uploader = new ResumingIpfsUploader(inner, layer.Store);
        var tree = layer.Tree("tree", ("a", "a"), ("b", "bb"));
        await uploader.UploadAsync(new UploadRequest("job", tree));
        await uploader.UploadAsync(new UploadRequest("job", tree));

        inner.Sent.Should().HaveCount(4);
        layer.Log.Should().Contain(line => line.StartsWith("303 ", StringComparison.Ordinal) && line.Contains("2 files with 3 bytes", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Tree_that_cannot_be_read_is_left_to_the_uploader()
    {
        await using var layer = new UploadLayer();
        var inner = new ScriptedUploader(Target) { IgnoresSession = true };
        var result = await new ResumingIpfsUploader(inner, layer.Store).UploadAsync(new UploadRequest("job", Path.Combine(layer.Root, "nowhere")));

        result.RootCid.Should().Be("bafyroot");
        inner.Calls.Should().Be(1);
        layer.Log.Should().ContainSingle(line => line.StartsWith("304 ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Hit_says_what_the_upload_took_when_it_was_made()
    {
        await using var layer = new UploadLayer();
        var uploader = new ResumingIpfsUploader(new ScriptedUploader(Target), layer.Store);
        var tree = layer.Tree("tree", ("a", "a"));
        await uploader.UploadAsync(new UploadRequest("job", tree));

        await using var session = await layer.Store.OpenSessionAsync(new UploadRequest("job", tree), null, default);

        session.Recorded.Should().NotBeNull();
        session.SecondsSpentBefore.Should().BeGreaterThan(0);
    }

    private sealed class OnePost : IIpfsUploader
    {
        public int Calls { get; private set; }

        public Task<UploadResult> UploadAsync(UploadRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default)
        {
            Calls++;
            return Task.FromResult(new UploadResult("bafyroot"));
        }
    }
}
