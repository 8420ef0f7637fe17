using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using SmartCache.Stages;
using SmartCache.Stages.Kubo;

namespace SmartCache.Tests.Stages.Kubo;

/// <summary>
/// A node on a raw socket that behaves as Kubo is documented to, but for what the test's script does instead. It keeps blocks,
/// refuses to pin what is not whole, and knows locality.
/// </summary>
internal sealed class FakeNode : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly ConcurrentDictionary<string, int> _counts = new();
    private readonly ConcurrentBag<Task> _tasks = [];
    private readonly ImportParameters _import = new(new KuboOptions());

    public FakeNode()
    {
        _listener.Start();
        _tasks.Add(Task.Run(AcceptAsync));
    }

    public Uri Endpoint => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    /// <summary>Returns whether it has dealt with the request itself.</summary>
    public Func<FakeRequest, Task<bool>>? Script { get; set; }

    /// <summary>Gets the length of a body that has not been read yet; returns whether it has dealt with the request.</summary>
    public Func<int, NetworkStream, Socket, Task<bool>>? BeforeBody { get; set; }

    public ConcurrentQueue<FakeRequest> Requests { get; } = new();

    /// <summary>Blocks by CID, with the CIDs they link.</summary>
    public ConcurrentDictionary<string, string[]> Blocks { get; } = new();

    public ConcurrentDictionary<string, bool> Pinned { get; } = new();

    public int Count(string command) => Requests.Count(r => r.Command == command);

    /// <summary>Ends only when the test does, or the client goes away.</summary>
    public async Task NeverAsync(FakeRequest request)
    {
        var buffer = new byte[1];
        try
        {
            await request.Stream.ReadExactlyAsync(buffer, _end.Token);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
        }
    }

    public static Task ReplyAsync(FakeRequest request, int status, string body, string? trailer = null, string type = "application/json")
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        var text = $"HTTP/1.1 {status} X\r\nContent-Type: {type}\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n{(trailer is null ? "" : "Trailer: X-Stream-Error\r\n")}\r\n"
            + (bytes.Length > 0 ? $"{bytes.Length:x}\r\n{body}\r\n" : "") + "0\r\n" + (trailer is null ? "" : $"X-Stream-Error: {trailer}\r\n") + "\r\n";
        return request.Stream.WriteAsync(Encoding.UTF8.GetBytes(text)).AsTask();
    }

    public static void Reset(FakeRequest request) => Reset(request.Socket);

    public static void Reset(Socket socket)
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Close();
    }

    public Cid Keep(byte[] content)
    {
        using var dag = new FileDag(_import);
        dag.Append(content);
        var cid = dag.Finish().Cid;
        Blocks[cid.ToString()] = [];
        return cid;
    }

    public static string Line(string name, string hash) => JsonSerializer.Serialize(new { Name = name, Hash = hash, Size = "1" }) + "\n";

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Dispose();
        await Task.WhenAll(_tasks);
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_end.IsCancellationRequested)
        {
            try
            {
                var socket = await _listener.AcceptSocketAsync(_end.Token);
                _tasks.Add(Task.Run(() => ServeAsync(socket)));
            }
            catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        using (socket)
        {
            try
            {
                await using var stream = new NetworkStream(socket);
                var head = new List<byte>();
                var one = new byte[1];
                while (head.Count < 4 || !head[^4..].SequenceEqual("\r\n\r\n"u8.ToArray()))
                {
                    if (await stream.ReadAsync(one, _end.Token) == 0)
                        return;
                    head.Add(one[0]);
                }
                var text = Encoding.ASCII.GetString([.. head]);
                var target = text.Split(' ')[1];
                var command = target.Split('?')[0].Replace("/api/v0/", "", StringComparison.Ordinal);
                var header = text.Split("\r\n").FirstOrDefault(h => h.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase))?[15..];
                var body = new byte[header is null ? 0 : int.Parse(header, CultureInfo.InvariantCulture)];
                if (BeforeBody is not null && await BeforeBody(body.Length, stream, socket))
                    return;
                await stream.ReadExactlyAsync(body, _end.Token);
                FakeRequest request = new(command, target.Split('?').ElementAtOrDefault(1) ?? "", text, Parts(body), _counts.AddOrUpdate(command, 1, (_, n) => n + 1), stream, socket);
                Requests.Enqueue(request);
                if (Script is null || !await Script(request))
                    await AnswerAsync(request);
            }
            catch (Exception exception) when (exception is IOException or OperationCanceledException or SocketException or ObjectDisposedException)
            {
            }
        }
    }

    private Task AnswerAsync(FakeRequest request)
    {
        switch (request.Command)
        {
            case "add" when request.Parts.Count == 1:
                return ReplyAsync(request, 200, Line(request.Name, Keep(request.Parts[0].Content).ToString()));
            case "add":
                return ReplyAsync(request, 200, WholeReply(request));
            case "dag/import":
                return ReplyAsync(request, 200, Import(request.Parts[0].Content, request.Query.Contains("pin-roots=true", StringComparison.Ordinal)));
            case "files/stat":
                var cid = request.Query.Split('&')[0].Replace("arg=/ipfs/", "", StringComparison.Ordinal);
                return Blocks.ContainsKey(cid)
                    ? ReplyAsync(request, 200, $$"""{"Hash":"{{cid}}","Size":0,"CumulativeSize":1,"Blocks":0,"Type":"file","WithLocality":true,"Local":{{(IsWhole(cid) ? "true" : "false")}}}""" + "\n")
                    : ReplyAsync(request, 500, $$"""{"Message":"block was not found locally (offline): ipld: could not find {{cid}}","Code":0,"Type":"error"}""" + "\n");
            default:
                return ReplyAsync(request, 404, "404 page not found");
        }
    }

    public string WholeReply(FakeRequest request)
    {
        List<(string, DagLink)> files = [];
        StringBuilder lines = new();
        foreach (var (name, type, content) in request.Parts.Where(p => p.Type == "application/octet-stream"))
        {
            using var dag = new FileDag(_import);
            dag.Append(content);
            var link = dag.Finish();
            Blocks[link.Cid.ToString()] = [];
            files.Add((name["tree/".Length..], link));
            lines.Append(Line(name, link.Cid.ToString()));
        }
        var tree = LinkedTree.Of(_import, files);
        foreach (var (name, _, _) in request.Parts.Where(p => p.Type == "application/x-directory"))
            lines.Append(Line(name, tree.CidOf(name == "tree" ? "" : name["tree/".Length..])!));
        return lines.ToString();
    }

    private bool IsWhole(string cid) => Blocks.TryGetValue(cid, out var links) && links.All(IsWhole);

    private string Import(ReadOnlySpan<byte> car, bool pin)
    {
        Varint.TryRead(ref car, out var length);
        // The header ends with the root, 36 bytes, and "version": 1, 9 bytes.
        var root = "b" + Multibase.ToBase32(car[((int)length - 45)..((int)length - 9)]);
        car = car[(int)length..];
        while (Varint.TryRead(ref car, out length))
        {
            Blocks["b" + Multibase.ToBase32(car[..36])] = Links(car[36..(int)length]);
            car = car[(int)length..];
        }
        if (!pin)
            return "";
        if (IsWhole(root))
            Pinned[root] = true;
        return JsonSerializer.Serialize(new { Root = new { Cid = new Dictionary<string, string> { ["/"] = root }, PinErrorMsg = IsWhole(root) ? "" : "ipld: could not find something" } }) + "\n";
    }

    private static string[] Links(ReadOnlySpan<byte> block)
    {
        List<string> links = [];
        while (block.Length > 0 && block[0] == 0x12)
        {
            block = block[1..];
            Varint.TryRead(ref block, out var length);
            links.Add("b" + Multibase.ToBase32(block[2..38]));
            block = block[(int)length..];
        }
        return [.. links];
    }

    private static List<(string, string, byte[])> Parts(byte[] body)
    {
        List<(string, string, byte[])> parts = [];
        if (body.Length == 0)
            return parts;
        // Latin1 keeps every byte as one character.
        var text = Encoding.Latin1.GetString(body);
        var boundary = text[..text.IndexOf("\r\n", StringComparison.Ordinal)];
        foreach (var part in text[boundary.Length..].Split("\r\n" + boundary)[..^1])
        {
            var end = part.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            var head = part[..end];
            parts.Add((Uri.UnescapeDataString(head.Split("filename=\"")[1].Split('"')[0]), head.Split("Content-Type: ")[1].Trim(), Encoding.Latin1.GetBytes(part[(end + 4)..])));
        }
        return parts;
    }
}
