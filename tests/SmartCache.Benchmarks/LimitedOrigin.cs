using System.Net;
using System.Net.Sockets;

namespace SmartCache.Benchmarks;

/// <summary>An origin on loopback that gives so many bytes a second to all connections together, and says when it last gave some of a path.</summary>
internal sealed class LimitedOrigin : IAsyncDisposable
{
    private const int Piece = 16 * 1024;

    private readonly Lock _gate = new();
    private readonly HttpListener _listener = new();
    private readonly double _bytesPerSecond;
    private readonly long _length;
    private readonly long _began = TimeProvider.System.GetTimestamp();
    private readonly List<(string Path, long At)> _given = [];
    private readonly Task _loop;
    private double _free;

    public LimitedOrigin(long length, double bytesPerSecond)
    {
        (_length, _bytesPerSecond) = (length, bytesPerSecond);
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        Address = $"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}/";
        probe.Stop();
        _listener.Prefixes.Add(Address);
        _listener.Start();
        _loop = Task.Run(AcceptAsync);
    }

    public string Address { get; }

    /// <summary>When the last bytes of a path were given before a moment; <see langword="null"/> where none were.</summary>
    public long? LastGiven(string path, long before = long.MaxValue)
    {
        lock (_gate)
        {
            var given = _given.Where(one => one.Path == "/" + path && one.At < before).Select(static one => one.At).ToList();
            return given.Count == 0 ? null : given[^1];
        }
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Close();
        await _loop;
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            try
            {
                var context = await _listener.GetContextAsync();
                _ = Task.Run(() => GiveAsync(context));
            }
            catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException or InvalidOperationException)
            {
                return;
            }
        }
    }

    private async Task GiveAsync(HttpListenerContext context)
    {
        var path = context.Request.Url!.AbsolutePath;
        var (response, from) = (context.Response, RangeOf(context.Request));
        try
        {
            response.Headers["ETag"] = $"\"{path}\"";
            response.Headers["Accept-Ranges"] = "bytes";
            response.ContentLength64 = _length - from;
            if (from > 0)
            {
                response.StatusCode = (int)HttpStatusCode.PartialContent;
                response.Headers["Content-Range"] = $"bytes {from}-{_length - 1}/{_length}";
            }

            var bytes = new byte[Piece];
            new Random(path.GetHashCode(StringComparison.Ordinal)).NextBytes(bytes);
            for (var left = _length - from; left > 0; left -= Piece)
            {
                await PaceAsync();
                await response.OutputStream.WriteAsync(bytes.AsMemory(0, (int)Math.Min(Piece, left)));
                lock (_gate)
                {
                    _given.Add((path, TimeProvider.System.GetTimestamp()));
                }
            }

            response.Close();
        }
        catch (Exception exception) when (exception is HttpListenerException or IOException or ObjectDisposedException or InvalidOperationException)
        {
            response.Abort();
        }
    }

    private Task PaceAsync()
    {
        lock (_gate)
        {
            var now = TimeProvider.System.GetElapsedTime(_began).TotalSeconds;
            _free = Math.Max(_free, now) + (Piece / _bytesPerSecond);
            return Task.Delay(TimeSpan.FromSeconds(Math.Max(0, _free - now)));
        }
    }

    private static long RangeOf(HttpListenerRequest request) =>
        request.Headers["Range"] is { } range && range.StartsWith("bytes=", StringComparison.Ordinal) && long.TryParse(range[6..].TrimEnd('-'), out var from) ? from : 0;
}
