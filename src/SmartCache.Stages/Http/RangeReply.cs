using System.Net;

namespace SmartCache.Stages.Http;

/// <summary>Whether a reply is exactly the rest of the file that was asked for.</summary>
internal static class RangeReply
{
    /// <param name="response">The reply.</param>
    /// <param name="offset">First byte asked for.</param>
    /// <param name="total">Length of the whole, as it was when the file was begun.</param>
    /// <param name="entityTag">
    /// The entity tag that the same resource had then. A 206 must repeat it (RFC 9110, 15.3.7), and one that does not may be from a
    /// server that overlooked If-Range. <see langword="null"/> where the bytes are known by their content id.
    /// </param>
    public static bool Continues(HttpResponseMessage response, long offset, long total, string? entityTag)
    {
        if (response.StatusCode != HttpStatusCode.PartialContent)
            return false;

        var headers = response.Content.Headers;
        if (headers.ContentRange is not { Unit: "bytes", From: { } from, To: { } to, Length: { } length })
            return false;
        if (from != offset || to != total - 1 || length != total)
            return false;
        if (headers.ContentLength is { } contentLength && contentLength != total - offset)
            return false;
        if (headers.ContentEncoding.Count > 0 || ContentCheck.IsPageType(headers.ContentType?.MediaType))
            return false;
        return entityTag is null || response.Headers.ETag is { IsWeak: false } tag && tag.Tag == entityTag;
    }
}
