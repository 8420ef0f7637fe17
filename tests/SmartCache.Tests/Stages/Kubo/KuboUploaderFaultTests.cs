using SmartCache.FFMpegCore.Files;
using SmartCache.Stages;
using SmartCache.Stages.Kubo;

namespace SmartCache.Tests.Stages.Kubo;

/// <summary>Against a node that misbehaves: a right result or a clear exception, never a wrong CID.</summary>
public sealed class KuboUploaderFaultTests : FakeNodeUpload
{
    [Fact]
    public async Task Honest_node_gets_each_file_once_and_pins_the_root()
    {
        var result = await UploadAsync();

        result.RootCid.Should().Be(ExpectedRoot());
        result.Verified.Should().BeTrue();
        result.FilesSent.Should().Be(7);
        result.Target!.ImportParameters.Should().Be("cid-version=1&raw-leaves=true&chunker=size-262144&hash=sha2-256");
        Node.Pinned.Keys.Should().Equal(result.RootCid);
        Node.Requests.Where(r => r.Command == "add").Should().OnlyContain(r =>
            r.Query.Contains("cid-version=1&raw-leaves=true&chunker=size-262144&hash=sha2-256&", StringComparison.Ordinal) && r.Query.EndsWith("pin=false", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_a_killed_encode_left_in_its_run_directory_is_not_uploaded(bool withSession)
    {
        var expected = ExpectedRoot();
        var files = new ProfileFiles("720p");
        var left = Directory.CreateDirectory(Path.Combine(Tree.Root, "720p", files.NewRunName())).FullName;
        File.WriteAllText(Path.Combine(left, "720p_00000.ts"), "half a segment");
        using var uploader = new KuboUploader(Options(), timeProvider: Time);

        var result = await uploader.UploadAsync(Tree.Request(withSession ? new MemorySession(Tree.Root, Records) : null));

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
        File.WriteAllText(Path.Combine(Directory.CreateDirectory(Path.Combine(Tree.Root, name)).FullName, "file"), "the worker's own");

        var result = await UploadAsync();

        result.RootCid.Should().Be(ExpectedRoot());
        result.FilesSent.Should().Be(8);
    }

    [Fact]
    public async Task Job_id_and_a_nodes_words_make_no_lines_of_their_own_in_the_log()
    {
        var lines = new List<string>();
        Node.Script = async r =>
        {
            if (r is not { Command: "add", Number: <= 2 })
                return false;
            await FakeNode.ReplyAsync(r, 500, """{"Message":"no\nERROR all is lost\u001b[31m","Code":0,"Type":"error"}""");
            return true;
        };
        using var uploader = new KuboUploader(Options(), logger: new ListLogger<KuboUploader>(lines), timeProvider: Time);

        await uploader.UploadAsync(Tree.Request(new MemorySession(Tree.Root, Records)) with { JobId = "job\r\nERROR all is lost\u001b[31m" });

        lines.Should().Contain(line => line.StartsWith("Upload of job job??ERROR all is lost?[31m", StringComparison.Ordinal))
            .And.HaveCountGreaterThan(2, "refused requests are logged")
            .And.NotContain(line => line.Any(char.IsControl));
    }

    public static TheoryData<string> Faults => ["500", "html-500", "reset", "trailer", "html", "nothing", "empty-object", "two-lines", "wrong-name", "wrong-cid", "no-cid", "empty-directory", "empty-file", "other-file", "cut"];

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Add_that_fails_once_is_tried_again(string fault)
    {
        Node.Script = r => r is { Command: "add", Number: 3 } ? FailAsync(r, fault) : Task.FromResult(false);

        var result = await UploadAsync();

        result.RootCid.Should().Be(ExpectedRoot());
        result.Verified.Should().BeTrue();
        Records.Should().HaveCount(7);
        AllRecordsAreRight();
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Add_that_fails_always_is_a_clear_exception(string fault)
    {
        var bad = 0;
        string? name = null;
        Node.Script = r => r.Command == "add" && (Interlocked.CompareExchange(ref name, r.Name, null) ?? r.Name) == r.Name && Interlocked.Increment(ref bad) > 0 ? FailAsync(r, fault) : Task.FromResult(false);

        var failure = (await FluentActions.Awaiting(() => UploadAsync()).Should().ThrowAsync<KuboException>()).Which;

        failure.Message.Should().ContainAny("add", "connection", "reply");
        bad.Should().Be(3);
        Node.Pinned.Should().BeEmpty();
        AllRecordsAreRight();
    }

    [Fact]
    public async Task Unavailable_node_that_says_when_is_waited_for_but_not_longer_than_allowed()
    {
        Node.Script = async r =>
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
        File.WriteAllBytes(Path.Combine(Tree.Root, "480p/long.ts"), new byte[3_000_000]);
        var resets = 0;
        Node.BeforeBody = async (length, stream, socket) =>
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
        Node.Script = async r =>
        {
            if (r.Command != "add")
                return false;
            Time.Advance(TimeSpan.FromHours(1));
            await Node.NeverAsync(r);
            return true;
        };

        var failure = (await FluentActions.Awaiting(() => UploadAsync(o => o.Concurrency = 1)).Should().ThrowAsync<KuboException>()).Which;

        failure.Message.Should().MatchRegex("did not answer|took no more bytes", "the hour may be over before the request was sent whole");
        Records.Should().BeEmpty();
    }

    [Fact]
    public async Task Answer_that_comes_too_late_is_noticed_by_the_content_that_arrived()
    {
        Node.Script = async r =>
        {
            if (r is not { Command: "add", Number: 2 })
                return false;
            Node.Keep(r.Parts[0].Content);
            Time.Advance(TimeSpan.FromHours(1));
            await Node.NeverAsync(r);
            return true;
        };

        var result = await UploadAsync(o => o.Concurrency = 1);

        result.RootCid.Should().Be(ExpectedRoot());
        Node.Count("add").Should().Be(7, "the one that arrived is not sent again");
    }

    [Fact]
    public async Task Stalled_connection_is_ended_before_the_total_time()
    {
        File.WriteAllBytes(Path.Combine(Tree.Root, "480p/long.ts"), new byte[40_000_000]);
        var stalls = 0;
        Node.BeforeBody = async (length, stream, _) =>
        {
            // 40 MB do not fit into the buffers of a connection: the client is in the middle of its body.
            if (length < 40_000_000 || Interlocked.Increment(ref stalls) > 1)
                return false;
            await stream.ReadExactlyAsync(new byte[100]);
            Time.Advance(TimeSpan.FromSeconds(61));
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
        foreach (var cid in Node.Blocks.Keys.Take(4).ToList())
            Node.Blocks.TryRemove(cid, out _);
        Node.Blocks.TryRemove(before.RootCid, out _);
        Node.Requests.Clear();
        var session = new MemorySession(Tree.Root, Records);

        var result = await UploadAsync(session: session);

        result.RootCid.Should().Be(before.RootCid);
        session.Forgotten.Should().NotBeEmpty();
        result.FilesSent.Should().Be(session.Forgotten.Count).And.Be(Node.Count("add"));
        result.FilesSkipped.Should().Be(7 - result.FilesSent);
    }

    [Fact]
    public async Task Node_that_keeps_losing_files_is_given_up_after_a_few_rounds()
    {
        Node.Script = async r =>
        {
            if (r.Command != "add" || r.Parts[0].Content.Length == 0)
                return false;
            var cid = Node.Keep(r.Parts[0].Content);
            Node.Blocks.TryRemove(cid.ToString(), out _);
            await FakeNode.ReplyAsync(r, 200, FakeNode.Line(r.Name, cid.ToString()));
            return true;
        };

        var failure = await FluentActions.Awaiting(() => UploadAsync(o => o.Rounds = 2)).Should().ThrowAsync<KuboException>();

        failure.Which.Message.Should().Contain("keeps losing");
        Node.Count("add").Should().Be(14);
        Records.Should().BeEmpty();
    }

    [Fact]
    public async Task Record_that_cannot_be_the_cid_of_the_content_is_not_believed()
    {
        var session = new MemorySession(Tree.Root, Records);
        foreach (var file in session.Files)
            Records[(new UploadTarget("fake", new ImportParameters(new KuboOptions()).Canonical), file.Sha256)] = EmptyDirectory;

        var result = await UploadAsync(session: session);

        result.RootCid.Should().Be(ExpectedRoot());
        result.FilesSent.Should().Be(7);
    }

    [Fact]
    public async Task Equal_files_are_sent_once()
    {
        File.Copy(Path.Combine(Tree.Root, "720p/segment0000.ts"), Path.Combine(Tree.Root, "480p/again.ts"));

        var result = await UploadAsync();

        result.RootCid.Should().Be(ExpectedRoot());
        (result.FilesSent, result.FilesSkipped).Should().Be((7, 1));
    }

    [Fact]
    public async Task File_that_changed_since_it_was_hashed_is_no_record()
    {
        var session = new MemorySession(Tree.Root, Records);
        var path = Path.Combine(Tree.Root, "720p/segment0001.ts");
        var bytes = File.ReadAllBytes(path);
        bytes[0] ^= 1;
        File.WriteAllBytes(path, bytes);

        await FluentActions.Awaiting(() => UploadAsync(session: session)).Should().ThrowAsync<IOException>().WithMessage("*segment0001.ts changed*");

        Records.Keys.Should().NotContain(k => k.Sha256 == session.Files.Single(f => f.RelativePath == "720p/segment0001.ts").Sha256);
    }
}
