using System.Net;

namespace SmartCache.Stages.Http;

/// <summary>
/// Follows redirects with the cookies that were set on the way, as a browser would: a share's landing page sets one and sends on to a file that wants it.
/// Cookies live for one download, so that no job sees another's; the client and its connections are shared.
/// </summary>
internal sealed class RedirectHandler(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    private const int MostRedirects = 20;

    /// <summary>The cookies of the download that a request belongs to.</summary>
    public static readonly HttpRequestOptionsKey<CookieContainer> Cookies = new("SmartCache.Cookies");

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.Options.TryGetValue(Cookies, out var cookies);
        for (var redirects = 0; ; redirects++)
        {
            if (cookies?.GetCookieHeader(request.RequestUri!) is { Length: > 0 } known)
            {
                request.Headers.Remove("Cookie");
                request.Headers.Add("Cookie", known);
            }

            var response = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
            Keep(response, request.RequestUri!, cookies);
            if (redirects == MostRedirects || Target(response, request.RequestUri!) is not { } target)
                return response;

            // Credentials were given for where the request was sent to, and cookies are chosen anew.
            response.Dispose();
            request.Headers.Authorization = null;
            request.Headers.Remove("Cookie");
            request.RequestUri = target;
        }
    }

    private static Uri? Target(HttpResponseMessage response, Uri from)
    {
        if (response.StatusCode is not (HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.SeeOther
                or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect)
            || response.Headers.Location is not { } location)
        {
            return null;
        }

        // Not from a secure address to one that everybody on the way can read and change.
        return Uri.TryCreate(from, location, out var target)
            && (target.Scheme == Uri.UriSchemeHttps || (target.Scheme == Uri.UriSchemeHttp && from.Scheme == Uri.UriSchemeHttp)) ? target : null;
    }

    private static void Keep(HttpResponseMessage response, Uri from, CookieContainer? cookies)
    {
        if (cookies is null || !response.Headers.TryGetValues("Set-Cookie", out var set))
            return;

        foreach (var cookie in set)
        {
            try
            {
                cookies.SetCookies(from, cookie);
            }
            catch (CookieException)
            {
                // A cookie that cannot be one is none.
            }
        }
    }
}
