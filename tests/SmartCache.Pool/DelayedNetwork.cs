using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace SmartCache.Pool;

/// <summary>
/// A forwarder on loopback that gives each chunk on after a fixed time, in each direction, in order, and reads on meanwhile: a link that is long, not narrow. It knows nothing of
/// the windows of a long TCP connection. In a process of its own, so that its work is nobody's processor time.
/// </summary>
internal sealed class DelayedNetwork(EndPoint behind, TimeSpan delay)
{
    private const int ChunkBytes = 64 << 10;

    /// <summary>On their way at once, of each direction of a connection: 64 MiB, more than any link of this length holds.</summary>
    private const int Chunks = 1024;

    /// <summary>Until its input ends.</summary>
    public static async Task RunAsync(Uri endpoint, int milliseconds)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start(128);
        Console.WriteLine(((IPEndPoint)listener.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture));
        var network = new DelayedNetwork(new DnsEndPoint(endpoint.Host, endpoint.Port), TimeSpan.FromMilliseconds(milliseconds));
        using var ended = new CancellationTokenSource();
        var serving = network.ServeAsync(listener, ended.Token);
        await Task.Run(Console.In.ReadToEnd);
        await ended.CancelAsync();
        await serving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task ServeAsync(TcpListener listener, CancellationToken ended)
    {
        while (true)
        {
            var near = await listener.AcceptSocketAsync(ended);
            _ = Task.Run(() => ConnectAsync(near), CancellationToken.None);
        }
    }

    private async Task ConnectAsync(Socket near)
    {
        using var nearEnd = near;
        using var far = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        near.NoDelay = true;
        try
        {
            await far.ConnectAsync(behind);
            await Task.WhenAll(ForwardAsync(near, far), ForwardAsync(far, near));
        }
        catch (SocketException)
        {
            // Either end is gone: so is the connection.
        }
    }

    private async Task ForwardAsync(Socket from, Socket to)
    {
        var onTheWay = Channel.CreateBounded<(byte[] Bytes, int Count, long Due)>(Chunks);
        var giving = GiveAsync(to, onTheWay.Reader);
        try
        {
            while (true)
            {
                var chunk = ArrayPool<byte>.Shared.Rent(ChunkBytes);
                var count = await from.ReceiveAsync(chunk.AsMemory(0, ChunkBytes));
                if (count == 0)
                {
                    break;
                }

                await onTheWay.Writer.WriteAsync((chunk, count, Stopwatch.GetTimestamp() + (long)(delay.TotalSeconds * Stopwatch.Frequency)));
            }
        }
        catch (Exception exception) when (exception is SocketException or ChannelClosedException)
        {
            // What was read is still given on.
        }

        onTheWay.Writer.TryComplete();
        await giving;
    }

    private static async Task GiveAsync(Socket to, ChannelReader<(byte[] Bytes, int Count, long Due)> onTheWay)
    {
        try
        {
            await foreach (var (bytes, count, due) in onTheWay.ReadAllAsync())
            {
                if (Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due) is { Ticks: > 0 } left)
                {
                    await Task.Delay(left);
                }

                for (var sent = 0; sent < count;)
                {
                    sent += await to.SendAsync(bytes.AsMemory(sent, count - sent));
                }

                ArrayPool<byte>.Shared.Return(bytes);
            }

            to.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // Nobody reads there any more: the other direction ends too.
            to.Close();
        }
        catch (ObjectDisposedException)
        {
            // Ended by the other direction.
        }
    }
}
