using SmartCache.Stages;
using SmartCache.Stages.Kubo;
using SmartCache.Tests.Support;
using RecordList = System.Collections.Concurrent.ConcurrentDictionary<(SmartCache.UploadTarget Target, string Sha256), string>;

namespace SmartCache.Tests.Stages.Kubo;

/// <summary>A tree, a node that a test tells how to misbehave, and what is recorded of its confirmations.</summary>
public abstract class FakeNodeUpload : IAsyncLifetime, IDisposable
{
    private protected const string EmptyDirectory = "bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354";

    private protected FakeNode Node { get; } = new();

    private protected VideoTree Tree { get; } = new(2, 1, "720p", "480p");

    private protected RecordList Records { get; } = new();

    private protected DrivenTime Time { get; } = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await Node.DisposeAsync();

    public void Dispose()
    {
        Tree.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected Task<UploadResult> UploadAsync(Action<KuboOptions>? set = null, MemorySession? session = null, ListLogger<KuboUploader>? logger = null)
    {
        var uploader = new KuboUploader(Options(set), logger: logger, timeProvider: Time);
        return Run();

        async Task<UploadResult> Run()
        {
            using (uploader)
                return await uploader.UploadAsync(Tree.Request(session ?? new MemorySession(Tree.Root, Records)));
        }
    }

    private protected KuboOptions Options(Action<KuboOptions>? set = null)
    {
        KuboOptions options = new() { Attempts = 3, RetryDelay = TimeSpan.Zero, MaxRetryDelay = TimeSpan.Zero };
        options.Endpoints.Add(new KuboEndpoint(Node.Endpoint, "fake"));
        set?.Invoke(options);
        return options;
    }

    /// <summary>Computed here from what lies on disk, without the uploader.</summary>
    private protected string ExpectedRoot()
    {
        var import = new ImportParameters(new KuboOptions());
        return LinkedTree.Of(import, [.. new MemorySession(Tree.Root, []).Files.Select(f =>
        {
            using var dag = new FileDag(import);
            dag.Append(File.ReadAllBytes(Path.Combine(Tree.Root, f.RelativePath)));
            return (f.RelativePath, dag.Finish());
        })]).Root.Cid.ToString();
    }

    private protected void AllRecordsAreRight()
    {
        foreach (var ((_, sha256), cid) in Records)
            Convert.ToHexStringLower(Parse(cid).Digest).Should().Be(sha256);

        static Cid Parse(string text) => Cid.TryParse(text, out var cid) ? cid : throw new FormatException(text);
    }

    /// <summary>Answers an add wrongly.</summary>
    private protected async Task<bool> FailAsync(FakeRequest r, string fault)
    {
        var right = Node.Keep(r.Parts[0].Content).ToString();
        Node.Blocks.TryRemove(right, out _);
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
}
