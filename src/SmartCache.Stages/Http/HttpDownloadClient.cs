using System.Net;
using System.Net.Sockets;

namespace SmartCache.Stages.Http;

/// <summary>The container's one client for downloads: ended with the container.</summary>
internal sealed class HttpDownloadClient : IDisposable
{
    public HttpClient Client { get; } = new(
        new RedirectHandler(new SocketsHttpHandler
        {
            // A worker runs for months: addresses must be looked up again now and then.
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            ConnectTimeout = TimeSpan.FromSeconds(15),
            ConnectCallback = ConnectAsync,

            // Both are done one level up, with cookies that belong to one download.
            AllowAutoRedirect = false,
            UseCookies = false,
        }))
    {
        // The downloader has its own clock, which knows a slow download from a stalled one.
        Timeout = Timeout.InfiniteTimeSpan,
    };

    public void Dispose() => Client.Dispose();

    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            var (host, port) = (context.DnsEndPoint.Host.TrimEnd('.'), context.DnsEndPoint.Port);

            // RFC 6761, 6.3: names below localhost are loopback. A Kubo node sends path requests on to CID.ipfs.localhost, which few resolvers know.
            if (host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase))
                await socket.ConnectAsync([IPAddress.Loopback, IPAddress.IPv6Loopback], port, cancellationToken).ConfigureAwait(false);
            else
                await socket.ConnectAsync(context.DnsEndPoint, cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
