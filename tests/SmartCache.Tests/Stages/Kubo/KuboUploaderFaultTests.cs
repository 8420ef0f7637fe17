using System.Net;
using SmartCache.Stages;
using SmartCache.Stages.Ffmpeg;
using SmartCache.Stages.Kubo;
using Records = System.Collections.Concurrent.ConcurrentDictionary<(SmartCache.UploadTarget Target, string Sha256), string>;

namespace SmartCache.Tests.Stages.Kubo;

/// <summary>Against a node that misbehaves: a right result or a clear exception, never a wrong CID.</summary>
public sealed class KuboUploaderFaultTests : IAsyncLifetime, IDisposable
{
    private const string EmptyDirectory = "bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354";
    private readonly FakeNode _node = new();
    private readonly VideoTree _tree = new(2, 1, "720p", "480p");
    private readonly Records _records = new();
    private readonly ManualTime _time = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _node.DisposeAsync();

    public void Dispose() => _tree.Dispose();

    [Fact]
    public async Task Honest_node_gets_each_file_once_and_pins_the_root()
    {
        var result = await UploadAsync();

        result.RootCid.Should().Be(ExpectedRoot());
        result.Verified.Should().BeTrue();
        result.FilesSent.Should().Be(7);
        result.Target!.ImportParameters.Should().Be("cid-version=1&raw-leaves=true&chunker=size-262144&hash=sha2-256");
        _node.Pinned.Keys.Should().Equal(result.RootCid);
        _node.Requests.Where(r => r.Command == "add").Should().OnlyContain(r =>
            r.Query.Contains("cid-version=1&raw-leaves=true&chunker=size-262144&hash=sha2-256&", StringComparison.Ordinal) && r.Query.EndsWith("pin=false", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_a_killed_encode_left_in_its_run_directory_is_not_uploaded(bool withSession)
    {
        var expected = ExpectedRoot();
        var files = new ProfileFiles("720p");
        var left = Directory.CreateDirectory(Path.Combine(_tree.Root, "720p", files.NewRunName())).FullName;
        File.WriteAllText(Path.Combine(left, "720p_00000.ts"), "half a segment");
        using var uploader = new KuboUploader(Options(), timeProvider: _time);

        var result = await uploader.UploadAsync(_tree.Request(withSession ? new MemorySession(_tree.Root, _records) : null));

        result.RootCid.Should().Be(expected);
        (result.FilesSent, result.FilesSkipped).Should().Be((7, 0));
    }

    [Theory]
    [InlineData(".run")]
    [InlineData(".720p.run")]
    [InlineData("720p.0123456789abcdef0123456789abcdef.run")]
    [InlineData(".720p.0123456789abcdef0123456789abcdef.running")]
    public async Task Directory_of_a_name_that_is_only_like_a_runs_is_uploaded(string name)
    {
        File.WriteAllText(Path.Combine(Directory.CreateDirectory(Path.Combine(_tree.Root, name)).FullName, "file"), "the worker's own");

        var result = await UploadAsync();

        result.RootCid.Should().Be(ExpectedRoot());
        result.FilesSent.Should().Be(8);
    }

    [Fact]
    public async Task Job_id_and_a_nodes_words_make_no_lines_of_their_own_in_the_log()
    {
        var lines = new List<string>();
        _node.Script = async r =>
        {
            if (r is not { Command: "add", Number: <= 2 })
                return false;
            await FakeNode.ReplyAsync(r, 500, """{"Message":"no\nERROR all is lost\u001b[31m","Code":0,"Type":"error"}""");
            return true;
        };
        using var uploader = new KuboUploader(Options(), logger: new ListLogger<KuboUploader>(lines), timeProvider: _time);

        await uploader.UploadAsync(_tree.Request(new MemorySession(_tree.Root, _records)) with { JobId = "job\r\nERROR all is lost\u001b[31m" });

        lines.Should().Contain(line => line.StartsWith("Upload of job job??ERROR all is lost?[31m", StringComparison.Ordinal))
            .And.HaveCountGreaterThan(2, "refused requests are logged")
            .And.NotContain(line => line.Any(char.IsControl));
    }

    public static TheoryData<string> Faults => ["500", "html-500", "reset", "trailer", "html", "nothing", "empty-object", "two-lines", "wrong-name", "wrong-cid", "no-cid", "empty-directory", "empty-file", "other-file", "cut"];

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Add_that_fails_once_is_tried_again(string fault)
    {
        _node.Script = r => r is { Command: "add", Number: 3 } ? FailAsync(r, fault) : Task.FromResult(false);

        var result = await UploadAsync();

        result.RootCid.Should().Be(ExpectedRoot());
        result.Verified.Should().BeTrue();
        _records.Should().HaveCount(7);
        AllRecordsAreRight();
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Add_that_fails_always_is_a_clear_exception(string fault)
    {
        var bad = 0;
        string? name = null;
        _node.Script = r => r.Command == "add" && (Interlocked.CompareExchange(ref name, r.Name, null) ?? r.Name) == r.Name && Interlocked.Increment(ref bad) > 0 ? FailAsync(r, fault) : Task.FromResult(false);

        var failure = (await FluentActions.Awaiting(() => UploadAsync()).Should().ThrowAsync<KuboException>()).Which;

        failure.Message.Should().ContainAny("add", "connection", "reply");
        bad.Should().Be(3);
        _node.Pinned.Should().BeEmpty();
        AllRecordsAreRight();
    }

    [Fact]
    public async Task Unavailable_node_that_says_when_is_waited_for_but_not_longer_than_allowed()
    {
        _node.Script = async r =>
        {
            if (r is not { Command: "add", Number: 1 })
                return false;
            await r.Stream.WriteAsync("HTTP/1.1 503 X\r\nRetry-After: 86400\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray());
            return true;
        };

        (await UploadAsync()).RootCid.Should().Be(ExpectedRoot());
    }

    [Fact]
    public async Task Connection_reset_in_the_middle_of_the_body_is_sent_again()
    {
        File.WriteAllBytes(Path.Combine(_tree.Root, "480p/long.ts"), new byte[3_000_000]);
        var resets = 0;
        _node.BeforeBody = async (length, stream, socket) =>
        {
            if (length < 3_000_000 || Interlocked.Increment(ref resets) > 2)
                return false;
            await stream.ReadExactlyAsync(new byte[100]);
            FakeNode.Reset(socket);
            return true;
        };

        (await UploadAsync()).RootCid.Should().Be(ExpectedRoot());
        resets.Should().BeGreaterThan(2);
    }

    [Fact]
    public async Task Node_that_never_answers_is_given_up()
    {
        _node.Script = async r =>
        {
            if (r.Command != "add")
                return false;
            _time.Advance(TimeSpan.FromHours(1));
            await _node.NeverAsync(r);
            return true;
        };

        var failure = (await FluentActions.Awaiting(() => UploadAsync(o => o.Concurrency = 1)).Should().ThrowAsync<KuboException>()).Which;

        failure.Message.Should().Contain("did not answer");
        _records.Should().BeEmpty();
    }

    [Fact]
    public async Task Answer_that_comes_too_late_is_noticed_by_the_content_that_arrived()
    {
        _node.Script = async r =>
        {
            if (r is not { Command: "add", Number: 2 })
                return false;
            _node.Keep(r.Parts[0].Content);
            _time.Advance(TimeSpan.FromHours(1));
            await _node.NeverAsync(r);
            return true;
        };

        var result = await UploadAsync(o => o.Concurrency = 1);

        result.RootCid.Should().Be(ExpectedRoot());
        _node.Count("add").Should().Be(7, "the one that arrived is not sent again");
    }

    [Fact]
    public async Task Stalled_connection_is_ended_before_the_total_time()
    {
        File.WriteAllBytes(Path.Combine(_tree.Root, "480p/long.ts"), new byte[40_000_000]);
        var stalls = 0;
        _node.BeforeBody = async (length, stream, _) =>
        {
            // 40 MB do not fit into the buffers of a connection: the client is in the middle of its body.
            if (length < 40_000_000 || Interlocked.Increment(ref stalls) > 1)
                return false;
            await stream.ReadExactlyAsync(new byte[100]);
            _time.Advance(TimeSpan.FromSeconds(61));
            return true;
        };
        List<string> reasons = [];

        var result = await UploadAsync(o => (o.Concurrency, o.BaseTimeout) = (1, TimeSpan.FromHours(2)), logger: new ListLogger<KuboUploader>(reasons));

        result.RootCid.Should().Be(ExpectedRoot());
        reasons.Should().ContainMatch("*took no more bytes for 60 s*");
    }

    [Fact]
    public async Task What_the_node_lost_is_forgotten_and_sent_again()
    {
        var before = await UploadAsync();
        foreach (var cid in _node.Blocks.Keys.Take(4).ToList())
            _node.Blocks.TryRemove(cid, out _);
        _node.Blocks.TryRemove(before.RootCid, out _);
        _node.Requests.Clear();
        var session = new MemorySession(_tree.Root, _records);

        var result = await UploadAsync(session: session);

        result.RootCid.Should().Be(before.RootCid);
        session.Forgotten.Should().NotBeEmpty();
        result.FilesSent.Should().Be(session.Forgotten.Count).And.Be(_node.Count("add"));
        result.FilesSkipped.Should().Be(7 - result.FilesSent);
    }

    [Fact]
    public async Task Node_that_keeps_losing_files_is_given_up_after_a_few_rounds()
    {
        _node.Script = async r =>
        {
            if (r.Command != "add" || r.Parts[0].Content.Length == 0)
                return false;
            var cid = _node.Keep(r.Parts[0].Content);
            _node.Blocks.TryRemove(cid.ToString(), out _);
            await FakeNode.ReplyAsync(r, 200, FakeNode.Line(r.Name, cid.ToString()));
            return true;
        };

        var failure = await FluentActions.Awaiting(() => UploadAsync(o => o.Rounds = 2)).Should().ThrowAsync<KuboException>();

        failure.Which.Message.Should().Contain("keeps losing");
        _node.Count("add").Should().Be(14);
        _records.Should().BeEmpty();
    }

    [Fact]
    public async Task Record_that_cannot_be_the_cid_of_the_content_is_not_believed()
    {
        var session = new MemorySession(_tree.Root, _records);
        foreach (var file in session.Files)
            _records[(new UploadTarget("fake", new ImportParameters(new KuboOptions()).Canonical), file.Sha256)] = EmptyDirectory;

        var result = await UploadAsync(session: session);

        result.RootCid.Should().Be(ExpectedRoot());
        result.FilesSent.Should().Be(7);
    }

    [Fact]
    public async Task Equal_files_are_sent_once()
    {
        File.Copy(Path.Combine(_tree.Root, "720p/segment0000.ts"), Path.Combine(_tree.Root, "480p/again.ts"));

        var result = await UploadAsync();

        result.RootCid.Should().Be(ExpectedRoot());
        (result.FilesSent, result.FilesSkipped).Should().Be((7, 1));
    }

    [Fact]
    public async Task File_that_changed_since_it_was_hashed_is_no_record()
    {
        var session = new MemorySession(_tree.Root, _records);
        var path = Path.Combine(_tree.Root, "720p/segment0001.ts");
        var bytes = File.ReadAllBytes(path);
        bytes[0] ^= 1;
        File.WriteAllBytes(path, bytes);

        await FluentActions.Awaiting(() => UploadAsync(session: session)).Should().ThrowAsync<IOException>().WithMessage("*segment0001.ts changed*");

        _records.Keys.Should().NotContain(k => k.Sha256 == session.Files.Single(f => f.RelativePath == "720p/segment0001.ts").Sha256);
    }

    [Theory]
    [InlineData(403)]
    [InlineData(404)]
    [InlineData(405)]
    public async Task Target_that_allows_only_add_gets_one_request_and_the_result_says_so(int status)
    {
        _node.Script = async r =>
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
        _node.Count("add").Should().Be(1);
        _node.Requests.Single(r => r.Command == "add").Query.Should().EndWith("pin=true");
    }

    [Theory]
    [InlineData("missing")]
    [InlineData("more")]
    [InlineData("twice")]
    [InlineData("wrong")]
    [InlineData("empty-root")]
    public async Task Whole_tree_whose_reply_is_not_exact_is_a_clear_exception(string fault)
    {
        _node.Script = async r =>
        {
            if (r.Command != "add")
            {
                await FakeNode.ReplyAsync(r, 403, "");
                return true;
            }
            var lines = _node.WholeReply(r).Split('\n', StringSplitOptions.RemoveEmptyEntries).ToList();
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
        var session = new MemorySession(_tree.Root, _records);
        foreach (var file in session.Files.Take(3))
            _records[(new UploadTarget("second", new ImportParameters(new KuboOptions()).Canonical), file.Sha256)] = second.Keep(File.ReadAllBytes(Path.Combine(_tree.Root, file.RelativePath))).ToString();
        _node.Script = async r =>
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
        var session = new MemorySession(_tree.Root, _records) { PreferredTarget = new UploadTarget("second", "") };

        var result = await UploadAsync(o => o.Endpoints.Add(new KuboEndpoint(second.Endpoint, "second")), session: session);

        result.Target!.Id.Should().Be("second");
        _node.Requests.Should().BeEmpty();
    }

    [Fact]
    public async Task Selector_is_asked_at_each_attempt_with_what_failed()
    {
        var selector = new RecordingSelector(new KuboEndpoint(new Uri("http://127.0.0.1:1"), "dead"), new KuboEndpoint(_node.Endpoint, "alive"));
        using var uploader = new KuboUploader(Options(o => o.Endpoints.Clear()), selector);

        var result = await uploader.UploadAsync(_tree.Request(new MemorySession(_tree.Root, _records) { PreferredTarget = new UploadTarget("held", "") }));

        result.Target!.Id.Should().Be("alive");
        selector.Queries.Select(q => (q.JobId, q.Holder?.Id, string.Join(',', q.Failed.Select(f => f.Id)))).Should().Equal(("job-1", "held", ""), ("job-1", "held", "dead"));
        (await uploader.CheckAsync(result.Target with { Endpoint = null }, result.RootCid)).Should().Be(Presence.Present, "the endpoint that the selector gave is remembered");
    }

    [Fact]
    public async Task Refused_credentials_are_no_degradation_and_appear_nowhere()
    {
        List<string> log = [];
        _node.Script = async r =>
        {
            var sent = r.Headers.Split("\r\n").Single(h => h.StartsWith("Authorization:", StringComparison.Ordinal))["Authorization: ".Length..];
            await FakeNode.ReplyAsync(r, 401, $$"""{"Message":"no access for {{sent}} carol:s3cretpass","Code":0,"Type":"error"}""");
            return true;
        };
        var options = Options(o => o.Endpoints.Clear());
        options.Endpoints.Add(new KuboEndpoint(new UriBuilder(_node.Endpoint) { UserName = "carol", Password = "s3cretpass" }.Uri));
        using var uploader = new KuboUploader(options, logger: new ListLogger<KuboUploader>(log));

        var failure = (await uploader.Awaiting(u => u.UploadAsync(_tree.Request())).Should().ThrowAsync<KuboException>()).Which;

        failure.StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        _node.Requests.Should().ContainSingle().Which.Headers.Should().Contain("Authorization: Basic " + Convert.ToBase64String("carol:s3cretpass"u8));
        foreach (var text in log.Append(failure.ToString()).Append(options.Endpoints[0].ToString()).Append(options.Endpoints[0].Id))
            text.Should().NotContainAny("s3cretpass", Convert.ToBase64String("carol:s3cretpass"u8));
    }

    [Fact]
    public async Task Progress_counts_every_byte_and_never_goes_back()
    {
        List<StageProgress> reports = [];
        _node.Script = r => r is { Command: "add", Number: 2 } ? FailAsync(r, "500") : Task.FromResult(false);
        using var uploader = new KuboUploader(Options());

        await uploader.UploadAsync(_tree.Request(), new ListProgress(reports));

        var total = new MemorySession(_tree.Root, []).Files.Sum(f => f.Length);
        reports.Should().OnlyContain(r => r.TotalBytes == total);
        reports.Select(r => r.Bytes).Max().Should().Be(total);
        reports.Count.Should().BeGreaterThan(7);
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
        _node.Script = async r =>
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
        _node.Blocks.TryRemove(_records.Values.First(), out _);

        (await uploader.CheckAsync(result.Target!, result.RootCid)).Should().Be(Presence.Missing);
    }

    private async Task<bool> FailAsync(FakeRequest r, string fault)
    {
        var right = _node.Keep(r.Parts[0].Content).ToString();
        _node.Blocks.TryRemove(right, out _);
        const string Other = "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy";
        var (status, body, trailer) = fault switch
        {
            "500" => (500, """{"Message":"something broke","Code":0,"Type":"error"}""", null),
            "html-500" => (500, "<html>Bad gateway</html>", null),
            "trailer" => (200, FakeNode.Line(r.Name, right), "disk full"),
            "html" => (200, "<html><body>Welcome</body></html>", null),
            "nothing" => (200, "", null),
            "empty-object" => (200, "{}\n", null),
            "two-lines" => (200, FakeNode.Line(r.Name, right) + FakeNode.Line(r.Name + "x", right), null),
            "wrong-name" => (200, FakeNode.Line("other.ts", right), null),
            "wrong-cid" => (200, FakeNode.Line(r.Name, right[..^1] + "1"), null),
            "no-cid" => (200, FakeNode.Line(r.Name, ""), null),
            "empty-directory" => (200, FakeNode.Line(r.Name, EmptyDirectory), null),
            "empty-file" => (200, FakeNode.Line(r.Name, "QmbFMke1KXqnYyBBWxB74N4c5SBnJMVAiMNRcGu6x1AwQH"), null),
            "other-file" => (200, FakeNode.Line(r.Name, Other), null),
            _ => (0, "", (string?)null),
        };
        if (fault == "reset")
            FakeNode.Reset(r);
        else if (fault == "cut")
            await r.Stream.WriteAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n20\r\n{\"Name\":"u8.ToArray());
        else
            await FakeNode.ReplyAsync(r, status, body, trailer);
        return true;
    }

    private Task<UploadResult> UploadAsync(Action<KuboOptions>? set = null, MemorySession? session = null, ListLogger<KuboUploader>? logger = null)
    {
        var uploader = new KuboUploader(Options(set), logger: logger, timeProvider: _time);
        return Run();

        async Task<UploadResult> Run()
        {
            using (uploader)
                return await uploader.UploadAsync(_tree.Request(session ?? new MemorySession(_tree.Root, _records)));
        }
    }

    private KuboOptions Options(Action<KuboOptions>? set = null)
    {
        KuboOptions options = new() { Attempts = 3, RetryDelay = TimeSpan.Zero, MaxRetryDelay = TimeSpan.Zero };
        options.Endpoints.Add(new KuboEndpoint(_node.Endpoint, "fake"));
        set?.Invoke(options);
        return options;
    }

    /// <summary>Computed here from what lies on disk, without the uploader.</summary>
    private string ExpectedRoot()
    {
        var import = new ImportParameters(new KuboOptions());
        return LinkedTree.Of(import, [.. new MemorySession(_tree.Root, []).Files.Select(f =>
        {
            using var dag = new FileDag(import);
            dag.Append(File.ReadAllBytes(Path.Combine(_tree.Root, f.RelativePath)));
            return (f.RelativePath, dag.Finish());
        })]).Root.Cid.ToString();
    }

    private void AllRecordsAreRight()
    {
        foreach (var ((_, sha256), cid) in _records)
            Convert.ToHexStringLower(Parse(cid).Digest).Should().Be(sha256);

        static Cid Parse(string text) => Cid.TryParse(text, out var cid) ? cid : throw new FormatException(text);
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

    private sealed class ListProgress(List<StageProgress> reports) : IProgress<StageProgress>
    {
        public void Report(StageProgress value)
        {
            lock (reports)
                reports.Add(value);
        }
    }
}
