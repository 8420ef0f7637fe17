using System.Net;
using System.Net.Sockets;

namespace SmartCache.NativeWorker;

/// <summary>Serves a video of 200 KB on loopback and counts who asks.</summary>
internal sealed class Origin : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly byte[] _video = new byte[200_000];

    public Origin()
    {
        "\0\0\0\u0018ftypisom\0\0\u0002\0isomiso2"u8.CopyTo(_video);
        _listener.Start();
        _ = ServeAsync();
    }

    public string Video => $"http://{_listener.LocalEndpoint}/video.mp4";

    public int Requests { get; private set; }

    public void Dispose() => _listener.Dispose();

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                using var client = await _listener.AcceptTcpClientAsync();
                await using var stream = client.GetStream();
                using var reader = new StreamReader(stream, leaveOpen: true);
                while (await reader.ReadLineAsync() is { Length: > 0 })
                {
                    // A request's headers end with an empty line.
                }

                Requests++;
                await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nContent-Length: 200000\r\nConnection: close\r\n\r\n"u8.ToArray());
                await stream.WriteAsync(_video);
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // It is over.
        }
    }
}
