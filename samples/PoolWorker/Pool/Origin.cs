using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace PoolWorker.Pool;

/// <summary>The origin of all videos: serves a directory on loopback, so slowly that workers that begin together do meet.</summary>
internal sealed class Origin : IAsyncDisposable
{
    private const int BytesAtOnce = 64 << 10;
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(20);

    private readonly HttpListener _listener;
    private readonly Task _loop;
    private readonly string _directory;

    private Origin(HttpListener listener, string directory)
    {
        (_listener, _directory) = (listener, directory);
        _loop = Task.Run(AcceptAsync);
    }

    public string Address => _listener.Prefixes.Single();

    public static Origin Start(string directory)
    {
        for (var attempt = 1; ; attempt++)
        {
            var listener = new HttpListener { Prefixes = { string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{FreePort()}/") } };
            try
            {
                listener.Start();
                return new Origin(listener, directory);
            }
            catch (HttpListenerException) when (attempt < 5)
            {
                // Somebody took the port in between.
            }
        }
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
        var response = context.Response;
        try
        {
            await using var file = File.OpenRead(Path.Combine(_directory, Path.GetFileName(context.Request.Url!.AbsolutePath)));
            response.ContentType = "video/mp4";
            response.ContentLength64 = file.Length;
            var buffer = new byte[BytesAtOnce];
            for (int read; (read = await file.ReadAsync(buffer)) > 0;)
            {
                await response.OutputStream.WriteAsync(buffer.AsMemory(0, read));
                await Task.Delay(_pause);
            }

            response.Close();
        }
        catch (Exception exception) when (exception is IOException or HttpListenerException or ObjectDisposedException or InvalidOperationException)
        {
            // The client hung up, as a worker that is killed does.
            response.Abort();
        }
    }
}
