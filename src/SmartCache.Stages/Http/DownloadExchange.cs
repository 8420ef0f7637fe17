using System.Buffers;
using System.Net;
using System.Net.Http.Headers;

namespace SmartCache.Stages.Http;

/// <summary>One request to one address: from the file's end to the whole, or a <see cref="HttpDownloadException"/> that says why not.</summary>
internal sealed class DownloadExchange(HttpClient client, HttpDownloadOptions options, TimeProvider time)
{
    private const int BufferSize = 128 * 1024;

    public async Task RunAsync(DownloadEndpoint endpoint, Transfer transfer, DownloadRequest request, ProgressMeter meter, CancellationToken cancellationToken)
    {
        using var guard = new StallGuard(options.StallTimeout, time, cancellationToken);
        using var response = await OpenAsync(endpoint, transfer, request, guard, cancellationToken).ConfigureAwait(false);
        meter.Report(transfer.Length, transfer.Total);
        await CopyAsync(response, transfer, request, meter, guard, cancellationToken).ConfigureAwait(false);
        if (transfer.Total is { } total && transfer.Length != total)
            throw Transient($"the connection ended after {transfer.Length} of {total} bytes");
        meter.Report(transfer.Length, transfer.Total ?? transfer.Length, force: true);
    }

    private async Task<HttpResponseMessage> OpenAsync(
        DownloadEndpoint endpoint, Transfer transfer, DownloadRequest request, StallGuard guard, CancellationToken cancellationToken)
    {
        var offset = transfer.ResumeOffset(endpoint);
        if (offset > 0)
        {
            var response = await SendAsync(endpoint, offset, transfer.EntityTagOf(endpoint), guard, cancellationToken).ConfigureAwait(false);
            if (RangeReply.Continues(response, offset, transfer.Total!.Value, transfer.EntityTagOf(endpoint)))
            {
                transfer.Continue(offset);
                return response;
            }

            // The server ignores ranges or has another version now; either way this is the whole, from the beginning.
            if (response.StatusCode == HttpStatusCode.OK)
                return Begin(response, endpoint, transfer, request);

            using (response)
            {
                if (response.StatusCode is not (HttpStatusCode.PartialContent or HttpStatusCode.RequestedRangeNotSatisfiable))
                    throw Refusal(response);
            }

            transfer.RefuseRanges(endpoint);
        }

        var whole = await SendAsync(endpoint, 0, null, guard, cancellationToken).ConfigureAwait(false);
        return Begin(whole, endpoint, transfer, request);
    }

    private static async Task<T> GuardedAsync<T>(Func<Task<T>> exchange, StallGuard guard, TimeSpan stallTimeout, CancellationToken cancellationToken)
    {
        try
        {
            guard.Watch();
            return await exchange().ConfigureAwait(false);
        }
        catch (OperationCanceledException exception)
        {
            // The caller compares the token with its own, and not with the guard's.
            if (cancellationToken.IsCancellationRequested)
                throw new OperationCanceledException(exception.Message, exception, cancellationToken);
            throw Transient(guard.Stalled ? $"no byte came for {stallTimeout.TotalSeconds:0.#} s" : "the client's time-out passed", exception);
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException)
        {
            throw Transient("the connection failed", exception);
        }
        finally
        {
            guard.Pause();
        }
    }

    private Task<HttpResponseMessage> SendAsync(
        DownloadEndpoint endpoint, long offset, string? entityTag, StallGuard guard, CancellationToken cancellationToken) =>
        GuardedAsync(
            async () =>
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, endpoint.Address);
                request.Headers.Authorization = endpoint.Authorization;

                // A length and an offset count the video's bytes only when nothing is packed on the way.
                request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("identity"));
                if (offset > 0)
                {
                    request.Headers.Range = new RangeHeaderValue(offset, null);
                    if (entityTag is not null)
                        request.Headers.IfRange = new RangeConditionHeaderValue(EntityTagHeaderValue.Parse(entityTag));
                }

                return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, guard.Token).ConfigureAwait(false);
            },
            guard,
            options.StallTimeout,
            cancellationToken);

    private HttpResponseMessage Begin(HttpResponseMessage response, DownloadEndpoint endpoint, Transfer transfer, DownloadRequest request)
    {
        try
        {
            if (response.StatusCode != HttpStatusCode.OK)
                throw Refusal(response);

            var headers = response.Content.Headers;
            if (ContentCheck.IsPageType(headers.ContentType?.MediaType))
                throw Transient("the reply is a page and not a video");
            if (headers.ContentEncoding.Any(encoding => !encoding.Equals("identity", StringComparison.OrdinalIgnoreCase)))
                throw new HttpDownloadException("the server sends the video packed although that was not asked for");
            if (headers.ContentLength is { } length && request.ExpectedLength is { } expected && length != expected)
                throw new HttpDownloadException($"the server offers {length} bytes where {expected} are expected");
            if (!EndIsKnown(response, request))
                throw new HttpDownloadException($"the reply neither names its length nor marks its end ({nameof(HttpDownloadOptions.AcceptUnknownLength)} would accept it)");

            try
            {
                transfer.Begin(endpoint, headers.ContentLength ?? request.ExpectedLength, StrongTag(response));
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                throw new LocalWriteException(exception);
            }

            return response;
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    private async Task CopyAsync(
        HttpResponseMessage response, Transfer transfer, DownloadRequest request, ProgressMeter meter, StallGuard guard, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            var body = await GuardedAsync(
                () => response.Content.ReadAsStreamAsync(guard.Token), guard, options.StallTimeout, cancellationToken).ConfigureAwait(false);
            await using var _ = body.ConfigureAwait(false);
            for (; ; )
            {
                var count = await GuardedAsync(
                    () => body.ReadAsync(buffer, guard.Token).AsTask(), guard, options.StallTimeout, cancellationToken).ConfigureAwait(false);
                if (count == 0)
                    return;
                if ((transfer.Total ?? request.ExpectedLength) is { } total && transfer.Length + count > total)
                {
                    transfer.Discard();
                    throw new HttpDownloadException($"the server sent more than {total} bytes");
                }

                try
                {
                    await transfer.Stream.WriteAsync(buffer.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
                }
                catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
                {
                    throw new LocalWriteException(exception);
                }

                transfer.Advance(count);
                meter.Report(transfer.Length, transfer.Total);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    // A body that ends with its connection looks whole wherever it is cut.
    private bool EndIsKnown(HttpResponseMessage response, DownloadRequest request) =>
        response.Content.Headers.ContentLength is not null
        || response.Headers.TransferEncodingChunked == true
        || response.Version.Major >= 2
        || request.ExpectedLength is not null
        || request.ContentId?.StartsWith("sha256:", StringComparison.Ordinal) == true
        || options.AcceptUnknownLength;

    private static string? StrongTag(HttpResponseMessage response) =>
        response.Headers.ETag is { IsWeak: false } tag ? tag.Tag : null;

    private HttpDownloadException Refusal(HttpResponseMessage response)
    {
        var status = response.StatusCode;
        var retryAfter = response.Headers.RetryAfter;
        return new HttpDownloadException($"the server answered {(int)status}")
        {
            StatusCode = status,
            IsTransient = (int)status >= 500 && status != HttpStatusCode.NotImplemented
                || status is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or HttpStatusCode.NoContent,
            RetryAfter = retryAfter?.Delta ?? retryAfter?.Date - time.GetUtcNow(),
        };
    }

    private static HttpDownloadException Transient(string message, Exception? inner = null) => new(message, inner) { IsTransient = true };
}
