using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace SmartCache.Tests.Stages.Http;

/// <summary>
/// An HTTP server whose every byte the test decides: one request per connection, the n-th is answered by the n-th script, further ones by the last.
/// </summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly Func<ScriptedExchange, Task>[] _scripts;
    private readonly ConcurrentQueue<ScriptedExchange> _exchanges = new();
    private readonly ConcurrentBag<Task> _connections = [];
    private readonly Task _accepting;

    public ScriptedServer(params Func<ScriptedExchange, Task>[] scripts)
    {
        _scripts = scripts;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public string Root => $"http://127.0.0.1:{Port}";

    public string Url => Root + "/video.mp4";

    public IReadOnlyList<ScriptedExchange> Exchanges => [.. _exchanges];

    /// <summary>Bytes of bodies that were put on the wire.</summary>
    public long BodyBytes => _exchanges.Sum(exchange => exchange.BodyBytes);

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        await _accepting;
        await Task.WhenAll(_connections);
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        for (var n = 0; ; n++)
        {
            try
            {
                var client = await _listener.AcceptTcpClientAsync(_end.Token);
                _connections.Add(ServeAsync(client, _scripts[Math.Min(n, _scripts.Length - 1)]));
            }
            catch (Exception exception) when (exception is OperationCanceledException or SocketException or InvalidOperationException)
            {
                // Stopped, perhaps between two connections.
                return;
            }
        }
    }

    private async Task ServeAsync(TcpClient client, Func<ScriptedExchange, Task> script)
    {
        using (client)
        {
            try
            {
                var head = new StringBuilder();
                var one = new byte[1];
                while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
                {
                    if (await client.GetStream().ReadAsync(one, _end.Token) == 0)
                        return;
                    head.Append((char)one[0]);
                }

                var exchange = new ScriptedExchange(client, head.ToString(), _end.Token);
                _exchanges.Enqueue(exchange);
                await script(exchange);
            }
            catch (Exception exception) when (exception is OperationCanceledException or IOException or SocketException or ObjectDisposedException)
            {
                // The other side left, or the test is over.
            }
        }
    }
}
