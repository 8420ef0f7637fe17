using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using EncoderWorker.Measuring;

namespace EncoderWorker.Serving;

/// <summary>
/// Plays the origin: serves videos on loopback with ranges and an entity tag, and counts what each job was sent. Every job
/// has a path of its own, so that the count is the server's and needs no trust in the cache.
/// </summary>
internal sealed class VideoServer : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, (ServedVideo Video, string JobId)> _videos = new(StringComparer.Ordinal);
    private readonly HttpListener _listener;
    private readonly WorkLedger _ledger;
    private readonly Task _loop;
    private readonly string _address;

    private VideoServer(HttpListener listener, string address, WorkLedger ledger)
    {
        _listener = listener;
        _address = address;
        _ledger = ledger;
        _loop = Task.Run(AcceptAsync);
    }

    public static VideoServer Start(WorkLedger ledger)
    {
        for (var attempt = 1; ; attempt++)
        {
            var address = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{FreePort()}/");
            var listener = new HttpListener { Prefixes = { address } };
            try
            {
                listener.Start();
                return new VideoServer(listener, address, ledger);
            }
            catch (HttpListenerException) when (attempt < 5)
            {
                // Somebody took the port in between.
            }
        }
    }

    /// <summary>What the origin gives in all; <see langword="null"/> = as much as it can.</summary>
    public OriginPace? Pace { get; set; }

    /// <returns>The URL under which the job finds its video.</returns>
    public string Serve(ServedVideo video, int job, string jobId)
    {
        var path = string.Create(CultureInfo.InvariantCulture, $"jobs/{job}/video{Path.GetExtension(video.Path)}");
        _videos["/" + path] = (video, jobId);
        return _address + path;
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Close();
        await _loop;
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    private async Task AcceptAsync()
    {
        while (_listener.IsListening)
        {
            try
            {
                var context = await _listener.GetContextAsync();
                _ = Task.Run(() => AnswerAsync(context));
            }
            catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException or InvalidOperationException)
            {
                return;
            }
        }
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        try
        {
            await SendAsync(context);
            context.Response.Close();
        }
        catch (Exception exception) when (exception is IOException or HttpListenerException or ObjectDisposedException or InvalidOperationException)
        {
            // The client hung up, as an interrupted job does.
            context.Response.Abort();
        }
    }

    private async Task SendAsync(HttpListenerContext context)
    {
        var (request, response) = (context.Request, context.Response);
        if (!_videos.TryGetValue(request.Url!.AbsolutePath, out var served))
        {
            response.StatusCode = (int)HttpStatusCode.NotFound;
            return;
        }

        var tag = $"\"{served.Video.Sha256}\"";
        var condition = request.Headers["If-Range"];
        if (ByteRange.Parse(condition is null || condition == tag ? request.Headers["Range"] : null, served.Video.Length) is not { } range)
        {
            response.StatusCode = (int)HttpStatusCode.RequestedRangeNotSatisfiable;
            response.Headers["Content-Range"] = $"bytes */{served.Video.Length}";
            return;
        }

        response.ContentType = "video/mp4";
        response.Headers["ETag"] = tag;
        response.Headers["Accept-Ranges"] = "bytes";
        response.ContentLength64 = range.Length;
        if (range.IsPartial)
        {
            response.StatusCode = (int)HttpStatusCode.PartialContent;
            response.Headers["Content-Range"] = $"bytes {range.Start}-{range.Start + range.Length - 1}/{served.Video.Length}";
        }

        if (request.HttpMethod != "HEAD")
            await CopyAsync(served.Video, range, response.OutputStream, _ledger.For(served.JobId));
    }

    private async Task CopyAsync(ServedVideo video, ByteRange range, Stream output, AttemptCounters counters)
    {
        await using var file = File.OpenRead(video.Path);
        var inFile = video.Length - video.Suffix.Length;
        var (position, end) = (range.Start, range.Start + range.Length);
        var buffer = new byte[Pace is null ? 1 << 18 : 1 << 15];
        file.Position = Math.Min(position, inFile);
        while (position < end)
        {
            var read = position < inFile
                ? await file.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, Math.Min(end, inFile) - position)))
                : CopySuffix(video, position - inFile, end - position, buffer);
            if (read == 0)
                throw new IOException("The served file became shorter.");
            if (Pace is { } pace)
                await pace.WaitAsync(read);
            await output.WriteAsync(buffer.AsMemory(0, read));
            counters.Downloaded(read);
            position += read;
        }
    }

    private static int CopySuffix(ServedVideo video, long offset, long count, byte[] buffer)
    {
        var part = video.Suffix.AsSpan((int)offset, (int)Math.Min(count, video.Suffix.Length - offset));
        part.CopyTo(buffer);
        return part.Length;
    }
}
