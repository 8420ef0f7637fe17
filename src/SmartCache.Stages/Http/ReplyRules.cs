using System.Net;

namespace SmartCache.Stages.Http;

/// <summary>
/// The rules by which a reply is taken or refused, all of them, in the order in which they are asked.
/// <list type="number">
/// <item>Status: only 200 begins a file, only 206 continues one. What may pass by itself (5xx but 501, 408, 429, and 204) is asked for again.</item>
/// <item>Length: what the server names and what the request expects are the same.</item>
/// <item>End: the reply names its length or marks its end, or the request knows how to tell (its length, its hash), or the options accept it.</item>
/// <item>Bytes: a known media container is a video whatever the headers say; text (HTML, XML, JSON, a playlist, plain) is none whatever they say.</item>
/// <item>Type: where the bytes leave it open, a type of a page (HTML, XML, JSON) is believed.</item>
/// <item>Encoding: where the bytes leave it open, a packed reply is refused, as it was not asked for. <c>aws-chunked</c> is what an object store remembers of the upload.</item>
/// <item>Rest: a 206 continues a file if it is exactly the range asked for, of the same total, and repeats the validator; then rules 4 to 6 on the file's own first bytes.</item>
/// </list>
/// </summary>
internal sealed class ReplyRules(HttpDownloadOptions options, TimeProvider time)
{
    /// <summary>Rules 1 to 3: why this reply does not begin the file; <see langword="null"/> where it may.</summary>
    public HttpDownloadException? WhyNotWhole(HttpResponseMessage response, DownloadRequest request)
    {
        if (response.StatusCode != HttpStatusCode.OK)
            return Refusal(response);
        if (response.Content.Headers.ContentLength is { } length && request.ExpectedLength is { } expected && length != expected)
            return new HttpDownloadException($"the server offers {length} bytes where {expected} are expected");
        return EndIsKnown(response, request)
            ? null
            : new HttpDownloadException($"the reply neither names its length nor marks its end ({nameof(HttpDownloadOptions.AcceptUnknownLength)} would accept it)");
    }

    /// <summary>Rules 4 to 6: why what begins like this is no video; <see langword="null"/> where it may be one.</summary>
    /// <param name="start">The file's first bytes, up to <see cref="FirstBytes.Length"/>.</param>
    /// <param name="response">The reply.</param>
    public static HttpDownloadException? WhyNotVideo(ReadOnlySpan<byte> start, HttpResponseMessage response)
    {
        if (FirstBytes.AreMedia(start))
            return null;

        var headers = response.Content.Headers;
        var packings = headers.ContentEncoding.Where(static encoding => !encoding.Equals("identity", StringComparison.OrdinalIgnoreCase)).ToList();
        if (packings.Any(static packing => !IsAwsChunked(packing)) || (packings.Count > 0 && FirstBytes.AreAwsChunk(start)))
            return new HttpDownloadException("the server sends the video packed although that was not asked for");
        return FirstBytes.AreText(start) || IsPageType(headers.ContentType?.MediaType)
            ? new HttpDownloadException("the reply is a page and not a video") { IsTransient = true }
            : null;
    }

    /// <summary>Rule 7: whether this reply is exactly the rest of the file.</summary>
    /// <param name="response">The reply.</param>
    /// <param name="offset">First byte asked for.</param>
    /// <param name="total">Length of the whole, as it was when the file was begun.</param>
    /// <param name="validator">What the same resource gave then (RFC 9110, 15.3.7: a 206 repeats it); <see langword="null"/> where the bytes are known by their content id.</param>
    /// <param name="start">The file's first bytes.</param>
    public static bool Continues(HttpResponseMessage response, long offset, long total, Validator? validator, ReadOnlySpan<byte> start)
    {
        var headers = response.Content.Headers;
        return response.StatusCode == HttpStatusCode.PartialContent
            && headers.ContentRange is { Unit: "bytes", From: { } from, To: { } to, Length: { } length }
            && from == offset && to == total - 1 && length == total
            && (headers.ContentLength is not { } contentLength || contentLength == total - offset)
            && (validator is null || validator.IsRepeatedBy(response))
            && WhyNotVideo(start, response) is null;
    }

    /// <summary>Rule 1 in words.</summary>
    public HttpDownloadException Refusal(HttpResponseMessage response)
    {
        var status = response.StatusCode;
        var retryAfter = response.Headers.RetryAfter;
        return new HttpDownloadException($"the server answered {(int)status} ({FailureWords.Of(status)})")
        {
            StatusCode = status,
            IsTransient = (int)status >= 500 && status != HttpStatusCode.NotImplemented
                || status is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or HttpStatusCode.NoContent,
            RetryAfter = retryAfter?.Delta ?? retryAfter?.Date - time.GetUtcNow(),
        };
    }

    // A body that ends with its connection looks whole wherever it is cut.
    private bool EndIsKnown(HttpResponseMessage response, DownloadRequest request) =>
        response.Content.Headers.ContentLength is not null
        || response.Headers.TransferEncodingChunked == true
        || response.Version.Major >= 2
        || request.ExpectedLength is not null
        || DownloadSource.Sha256Of(request) is not null
        || options.AcceptUnknownLength;

    private static bool IsAwsChunked(string encoding) => encoding.Equals("aws-chunked", StringComparison.OrdinalIgnoreCase);

    private static bool IsPageType(string? mediaType) =>
        mediaType is not null
        && (mediaType.Equals("text/html", StringComparison.OrdinalIgnoreCase)
            || mediaType.EndsWith("/json", StringComparison.OrdinalIgnoreCase)
            || mediaType.EndsWith("+json", StringComparison.OrdinalIgnoreCase)
            || mediaType.EndsWith("/xml", StringComparison.OrdinalIgnoreCase)
            || mediaType.EndsWith("+xml", StringComparison.OrdinalIgnoreCase));
}
