using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace SmartCache.Tests.Stages.Kubo;

/// <summary>Passes connections on to a node and counts the adds that go through, whichever process sends them.</summary>
internal sealed class NodeTunnel : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly ConcurrentBag<Task> _tasks = [];
    private readonly Uri _node;
    private int _adds;

    public NodeTunnel(Uri node)
    {
        _node = node;
        _listener.Start();
        _tasks.Add(AcceptAsync());
    }

    public Uri Endpoint => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    private static ReadOnlySpan<byte> Add => "POST /api/v0/add?"u8;

    /// <summary>The adds since the last call.</summary>
    public int TakeAdds() => Interlocked.Exchange(ref _adds, 0);

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Dispose();
        await Task.WhenAll(_tasks);
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_end.Token);
                _tasks.Add(PassAsync(client));
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
        }
    }

    private async Task PassAsync(TcpClient client)
    {
        using (client)
        using (TcpClient node = new() { NoDelay = true })
        {
            client.NoDelay = true;
            try
            {
                await node.ConnectAsync(_node.Host, _node.Port, _end.Token);
                // Where one side is gone, so is the connection.
                await Task.WhenAny(
                    PumpAsync(client.GetStream(), node.GetStream(), count: true),
                    PumpAsync(node.GetStream(), client.GetStream(), count: false));
            }
            catch (Exception exception) when (exception is OperationCanceledException or SocketException)
            {
            }
        }
    }

    private async Task PumpAsync(NetworkStream from, NetworkStream to, bool count)
    {
        var buffer = new byte[128 * 1024];
        // What may be the beginning of a request line stays in front of what comes next.
        var kept = 0;
        try
        {
            for (int read; (read = await from.ReadAsync(buffer.AsMemory(kept), _end.Token)) > 0;)
            {
                if (count)
                    Interlocked.Add(ref _adds, buffer.AsSpan(0, kept + read).Count(Add));
                await to.WriteAsync(buffer.AsMemory(kept, read), _end.Token);
                var next = count ? Math.Min(kept + read, Add.Length - 1) : 0;
                buffer.AsSpan(kept + read - next, next).CopyTo(buffer);
                kept = next;
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException or ObjectDisposedException)
        {
        }
    }
}
