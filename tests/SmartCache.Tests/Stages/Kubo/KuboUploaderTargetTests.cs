using System.Net;
using SmartCache.Stages;
using SmartCache.Stages.Kubo;

namespace SmartCache.Tests.Stages.Kubo;

/// <summary>Targets that allow little, fail and are followed by others, and what they say of what they hold.</summary>
public sealed class KuboUploaderTargetTests : FakeNodeUpload
{
    [Fact]
    public async Task Uploader_without_a_target_says_where_to_name_one()
    {
        var upload = () => UploadAsync(static options => options.Endpoints.Clear());

        await upload.Should().ThrowAsync<KuboException>().WithMessage("*KuboOptions.Endpoints*IKuboTargetSelector*");
    }

    [Fact]
    public async Task Target_of_another_import_is_told_with_both()
    {
        using var uploader = new KuboUploader(Options());

        var upload = () => uploader.UploadAsync(new UploadRequest("job", Tree.Root) { Target = new UploadTarget("fake", "cid-version=0") });

        await upload.Should().ThrowAsync<ArgumentException>().WithMessage("*'cid-version=0'*'cid-version=1&*");
    }

    [Theory]
    [InlineData(403)]
    [InlineData(404)]
    [InlineData(405)]
    public async Task Target_that_allows_only_add_gets_one_request_and_the_result_says_so(int status)
    {
        Node.Script = async r =>
        {
            if (r.Command == "add")
                return false;
            await FakeNode.ReplyAsync(r, status, "<html>no</html>", type: "text/html");
            return true;
        };

        var result = await UploadAsync();

        result.RootCid.Should().Be(ExpectedRoot());
        result.ProfileCids.Should().ContainKeys("720p", "480p");
        (result.SentWhole, result.Verified, result.FilesSent).Should().Be((true, false, 7));
        Node.Count("add").Should().Be(1);
        Node.Requests.Single(r => r.Command == "add").Query.Should().EndWith("pin=true");
    }

    [Theory]
    [InlineData("missing")]
    [InlineData("more")]
    [InlineData("twice")]
    [InlineData("wrong")]
    [InlineData("empty-root")]
    public async Task Whole_tree_whose_reply_is_not_exact_is_a_clear_exception(string fault)
    {
        Node.Script = async r =>
        {
            if (r.Command != "add")
            {
                await FakeNode.ReplyAsync(r, 403, "");
                return true;
            }
            var lines = Node.WholeReply(r).Split('\n', StringSplitOptions.RemoveEmptyEntries).ToList();
            switch (fault)
            {
                case "missing": lines.RemoveAt(2); break;
                case "more": lines.Add(FakeNode.Line("tree/other", EmptyDirectory).Trim()); break;
                case "twice": lines[1] = lines[0]; break;
                case "wrong": lines[1] = lines[1].Replace("bafk", "bafk", StringComparison.Ordinal).Replace("\"Hash\":\"b", "\"Hash\":\"q", StringComparison.Ordinal); break;
                default: lines[^1] = FakeNode.Line("tree/480p", EmptyDirectory).Trim(); break;
            }
            await FakeNode.ReplyAsync(r, 200, string.Join('\n', lines));
            return true;
        };

        await FluentActions.Awaiting(() => UploadAsync()).Should().ThrowAsync<KuboException>();
    }

    [Fact]
    public async Task Failing_target_is_followed_by_the_next_which_gets_only_what_it_lacks()
    {
        await using var second = new FakeNode();
        // The second one has half of the files from an earlier attempt.
        var session = new MemorySession(Tree.Root, Records);
        foreach (var file in session.Files.Take(3))
            Records[(new UploadTarget("second", new ImportParameters(new KuboOptions()).Canonical), file.Sha256)] = second.Keep(File.ReadAllBytes(Path.Combine(Tree.Root, file.RelativePath))).ToString();
        Node.Script = async r =>
        {
            if (r.Command != "add" || r.Number <= 2)
                return false;
            await FakeNode.ReplyAsync(r, 500, """{"Message":"no space left on device","Code":0,"Type":"error"}""");
            return true;
        };

        var result = await UploadAsync(o => o.Endpoints.Add(new KuboEndpoint(second.Endpoint, "second")), session: session);

        result.Target!.Id.Should().Be("second");
        result.RootCid.Should().Be(ExpectedRoot());
        second.Count("add").Should().Be(4);
        second.Pinned.Keys.Should().Equal(result.RootCid);
        AllRecordsAreRight();
    }

    [Fact]
    public async Task Target_that_holds_the_files_is_preferred_to_the_order()
    {
        await using var second = new FakeNode();
        var session = new MemorySession(Tree.Root, Records) { PreferredTarget = new UploadTarget("second", "") };

        var result = await UploadAsync(o => o.Endpoints.Add(new KuboEndpoint(second.Endpoint, "second")), session: session);

        result.Target!.Id.Should().Be("second");
        Node.Requests.Should().BeEmpty();
    }

    [Fact]
    public async Task Selector_is_asked_at_each_attempt_with_what_failed()
    {
        var selector = new RecordingSelector(new KuboEndpoint(new Uri("http://127.0.0.1:1"), "dead"), new KuboEndpoint(Node.Endpoint, "alive"));
        using var uploader = new KuboUploader(Options(o => o.Endpoints.Clear()), selector);

        var result = await uploader.UploadAsync(Tree.Request(new MemorySession(Tree.Root, Records) { PreferredTarget = new UploadTarget("held", "") }));

        result.Target!.Id.Should().Be("alive");
        selector.Queries.Select(q => (q.JobId, q.Holder?.Id, string.Join(',', q.Failed.Select(f => f.Id)))).Should().Equal(("job-1", "held", ""), ("job-1", "held", "dead"));
        (await uploader.CheckAsync(result.Target with { Endpoint = null }, result.RootCid)).Should().Be(Presence.Present, "the endpoint that the selector gave is remembered");
    }

    [Fact]
    public async Task Refused_credentials_are_no_degradation_and_appear_nowhere()
    {
        List<string> log = [];
        Node.Script = async r =>
        {
            var sent = r.Headers.Split("\r\n").Single(h => h.StartsWith("Authorization:", StringComparison.Ordinal))["Authorization: ".Length..];
            await FakeNode.ReplyAsync(r, 401, $$"""{"Message":"no access for {{sent}} carol:s3cretpass","Code":0,"Type":"error"}""");
            return true;
        };
        var options = Options(o => o.Endpoints.Clear());
        options.Endpoints.Add(new KuboEndpoint(new UriBuilder(Node.Endpoint) { UserName = "carol", Password = "s3cretpass" }.Uri));
        using var uploader = new KuboUploader(options, logger: new ListLogger<KuboUploader>(log));

        var failure = (await uploader.Awaiting(u => u.UploadAsync(Tree.Request())).Should().ThrowAsync<KuboException>()).Which;

        failure.StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        Node.Requests.Should().ContainSingle().Which.Headers.Should().Contain("Authorization: Basic " + Convert.ToBase64String("carol:s3cretpass"u8));
        foreach (var text in log.Append(failure.ToString()).Append(options.Endpoints[0].ToString()).Append(options.Endpoints[0].Id))
            text.Should().NotContainAny("s3cretpass", Convert.ToBase64String("carol:s3cretpass"u8));
    }

    [Fact]
    public async Task Progress_counts_every_byte_once_over_all_targets_and_never_goes_back()
    {
        await using var second = new FakeNode();
        Node.Script = r => r is { Command: "add", Number: > 4 } ? FailAsync(r, "500") : Task.FromResult(false);
        var progress = new ProgressList();
        using var uploader = new KuboUploader(Options(o => o.Endpoints.Add(new KuboEndpoint(second.Endpoint, "second"))));

        var result = await uploader.UploadAsync(Tree.Request(), progress);

        result.Target!.Id.Should().Be("second");
        var total = new MemorySession(Tree.Root, []).Files.Sum(f => f.Length);
        progress.Reports.Should().OnlyContain(r => r.TotalBytes == total && r.Fraction == (double)r.Bytes! / total);
        progress.Reports.Select(r => r.Bytes!.Value).Should().BeInAscendingOrder().And.EndWith(total);
        progress.Reports.Count.Should().BeGreaterThan(14);
    }

    [Fact]
    public async Task Progress_of_a_tree_with_equal_files_ends_at_all_of_it()
    {
        File.Copy(Path.Combine(Tree.Root, "720p", "segment0000.ts"), Path.Combine(Tree.Root, "480p", "segment0000.ts"), overwrite: true);
        var progress = new ProgressList();
        using var uploader = new KuboUploader(Options());

        var result = await uploader.UploadAsync(Tree.Request(new MemorySession(Tree.Root, Records)), progress);

        result.FilesSent.Should().Be(6);
        progress.Reports[^1].Fraction.Should().Be(1);
    }

    [Theory]
    [InlineData(500, "<html>block was not found locally</html>", "text/html")]
    [InlineData(500, """{"Message":"context deadline exceeded","Code":0,"Type":"error"}""", "application/json")]
    [InlineData(200, "{}", "application/json")]
    [InlineData(200, "<html></html>", "text/html")]
    [InlineData(403, "", "text/plain")]
    public async Task Presence_is_unknown_where_the_node_itself_does_not_say_it(int status, string body, string type)
    {
        var result = await UploadAsync();
        using var uploader = new KuboUploader(Options());
        (await uploader.CheckAsync(result.Target!, result.RootCid)).Should().Be(Presence.Present);
        Node.Script = async r =>
        {
            await FakeNode.ReplyAsync(r, status, body, type: type);
            return true;
        };

        (await uploader.CheckAsync(result.Target!, result.RootCid)).Should().Be(Presence.Unknown);
    }

    [Fact]
    public async Task Presence_of_a_tree_that_lost_one_file_is_missing()
    {
        var result = await UploadAsync();
        using var uploader = new KuboUploader(Options());
        Node.Blocks.TryRemove(Records.Values.First(), out _);

        (await uploader.CheckAsync(result.Target!, result.RootCid)).Should().Be(Presence.Missing);
    }

    private sealed class RecordingSelector(params KuboEndpoint[] endpoints) : IKuboTargetSelector
    {
        public List<KuboTargetQuery> Queries { get; } = [];

        public ValueTask<KuboEndpoint?> SelectAsync(KuboTargetQuery query, CancellationToken cancellationToken = default)
        {
            Queries.Add(query);
            return ValueTask.FromResult(endpoints.ElementAtOrDefault(query.Failed.Count));
        }
    }
}
