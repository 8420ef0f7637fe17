using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;

namespace SmartCache.Stages;

/// <summary>Why an exchange with a server failed, in words that name no address: for the log and the exception's text.</summary>
internal static class FailureWords
{
    public static string Of(HttpStatusCode status) => status switch
    {
        HttpStatusCode.Unauthorized => "it wants other credentials",
        HttpStatusCode.Forbidden => "it does not allow this",
        HttpStatusCode.NotFound => "it does not have it",
        HttpStatusCode.Gone => "it does not have it any more",
        HttpStatusCode.RequestEntityTooLarge => "the request is too large for it, or for a proxy before it (nginx: client_max_body_size)",
        HttpStatusCode.TooManyRequests => "too many requests",
        HttpStatusCode.NoContent => "nothing is there yet",
        HttpStatusCode.ProxyAuthenticationRequired => "the proxy wants other credentials",
        HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout => "what is behind it does not answer now",
        _ => (int)status switch
        {
            < 300 => "that is not the whole file",
            < 400 => "it, or a proxy before it, points elsewhere (to https, or to a page to sign in), which is not followed",
            < 500 => "it refuses the request",
            _ => "it has a fault",
        },
    };

    /// <param name="exception">What the client or the body's stream threw.</param>
    public static string Of(Exception exception)
    {
        for (var at = exception; at is not null; at = at.InnerException)
        {
            switch (at)
            {
                case SocketException socket when Of(socket.SocketErrorCode) is { } words:
                    return words;
                case AuthenticationException:
                    return "no secure connection: TLS failed, or the server's certificate is not trusted";
                case HttpRequestException request when Of(request.HttpRequestError) is { } words:
                    return words;
                case HttpIOException body when Of(body.HttpRequestError) is { } words:
                    return words;
                default:
                    break;
            }
        }

        return "the connection failed";
    }

    private static string? Of(SocketError error) => error switch
    {
        SocketError.HostNotFound or SocketError.NoData => "the server's name is not known",
        SocketError.TryAgain => "the server's name could not be looked up now",
        SocketError.ConnectionRefused => "the server refused the connection",
        SocketError.ConnectionReset or SocketError.ConnectionAborted => "the connection was reset",
        SocketError.TimedOut => "the server did not take the connection in time",
        SocketError.HostUnreachable or SocketError.NetworkUnreachable or SocketError.NetworkDown or SocketError.HostDown => "the server cannot be reached from here",
        _ => null,
    };

    // An error that has an inner exception with a better word is left to that.
    private static string? Of(HttpRequestError error) => error switch
    {
        HttpRequestError.ProxyTunnelError => "the proxy refused the connection",
        HttpRequestError.ResponseEnded => "the connection ended in the middle",
        HttpRequestError.InvalidResponse or HttpRequestError.HttpProtocolError => "what answers there does not speak HTTP",
        HttpRequestError.ConfigurationLimitExceeded => "the reply's headers are too large",
        _ => null,
    };
}
