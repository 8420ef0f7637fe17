using System.Buffers;
using System.Net;
using System.Net.Http.Headers;

namespace SmartCache.Stages.Http;

/// <summary>
/// One request to one address: from the file's end to the whole, or a <see cref="HttpDownloadException"/> that says why not. What is taken is for <see cref="ReplyRules"/> to say.
/// A fault of the network is always told by that; an <see cref="IOException"/> is the disk's, and another try at the server would not help.
/// </summary>
internal sealed class DownloadExchange(HttpClient client, HttpDownloadOptions options, TimeProvider time)
{
    private const int BufferSize = 128 * 1024;
    private static readonly ProductInfoHeaderValue Agent = new("SmartCache", typeof(DownloadExchange).Assembly.GetName().Version!.ToString(3));

    private readonly ReplyRules _rules = new(options, time);

    public async Task RunAsync(DownloadEndpoint endpoint, Transfer transfer, DownloadRequest request, ProgressMeter meter, CancellationToken cancellationToken)
    {
        using var guard = new StallGuard(time, cancellationToken);
        if (!await TryContinueAsync(endpoint, transfer, request, meter, guard, cancellationToken).ConfigureAwait(false))
        {
            using var whole = await SendAsync(endpoint, 0, transfer, guard, cancellationToken).ConfigureAwait(false);
            await TakeWholeAsync(whole, endpoint, transfer, request, meter, guard, cancellationToken).ConfigureAwait(false);
        }

        if (transfer.Total is { } total && transfer.Length != total)
            throw Transient($"the connection ended after {transfer.Length} of {total} bytes");
        meter.Report(transfer.Length, transfer.Total ?? transfer.Length, force: true);
    }

    /// <summary>Takes the rest of what is there, or the whole where the server sends that instead; <see langword="false"/> where the whole has to be asked for.</summary>
    private async Task<bool> TryContinueAsync(
        DownloadEndpoint endpoint, Transfer transfer, DownloadRequest request, ProgressMeter meter, StallGuard guard, CancellationToken cancellationToken)
    {
        var offset = transfer.ResumeOffset(endpoint);
        if (offset == 0)
            return false;

        using var response = await SendAsync(endpoint, offset, transfer, guard, cancellationToken).ConfigureAwait(false);
        if (ReplyRules.Continues(response, offset, transfer.Total!.Value, transfer.ValidatorOf(endpoint), transfer.FirstBytes()))
        {
            transfer.Continue(offset);
            meter.Report(transfer.Length, transfer.Total);
            var rest = await BodyOfAsync(response, guard, cancellationToken).ConfigureAwait(false);
            await using var _ = rest.ConfigureAwait(false);
            await CopyAsync(rest, transfer, request, meter, guard, cancellationToken).ConfigureAwait(false);
            return true;
        }

        // The server ignores ranges or has another version now; either way this is the whole, from the beginning.
        if (response.StatusCode == HttpStatusCode.OK)
        {
            await TakeWholeAsync(response, endpoint, transfer, request, meter, guard, cancellationToken).ConfigureAwait(false);
            return true;
        }

        if (response.StatusCode is not (HttpStatusCode.PartialContent or HttpStatusCode.RequestedRangeNotSatisfiable))
            throw _rules.Refusal(response);
        transfer.RefuseRanges(endpoint);
        return false;
    }

    /// <summary>What is there already is given up only when the first bytes of the reply have been seen and may be a video's.</summary>
    private async Task TakeWholeAsync(
        HttpResponseMessage response, DownloadEndpoint endpoint, Transfer transfer, DownloadRequest request, ProgressMeter meter, StallGuard guard, CancellationToken cancellationToken)
    {
        if (_rules.WhyNotWhole(response, request) is { } refused)
            throw refused;

        var body = await BodyOfAsync(response, guard, cancellationToken).ConfigureAwait(false);
        await using var _ = body.ConfigureAwait(false);
        var start = new byte[FirstBytes.Length];
        var length = 0;
        while (length < start.Length
            && await ReadAsync(body, start.AsMemory(length), length == 0 ? options.FirstByteTimeout : options.StallTimeout, guard, cancellationToken).ConfigureAwait(false) is > 0 and var count)
        {
            length += count;
        }

        if (ReplyRules.WhyNotVideo(start.AsSpan(0, length), response) is { } noVideo)
            throw noVideo;
        transfer.Begin(endpoint, response.Content.Headers.ContentLength ?? request.ExpectedLength, Validator.Of(response));
        meter.Report(0, transfer.Total);
        await WriteAsync(start.AsMemory(0, length), transfer, request, meter, cancellationToken).ConfigureAwait(false);
        await CopyAsync(body, transfer, request, meter, guard, cancellationToken).ConfigureAwait(false);
    }

    private async Task<HttpResponseMessage> SendAsync(DownloadEndpoint endpoint, long offset, Transfer transfer, StallGuard guard, CancellationToken cancellationToken) =>
        await GuardedAsync(
            async () =>
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, endpoint.Address);
                request.Headers.Authorization = endpoint.Authorization;
                request.Options.Set(RedirectHandler.Cookies, transfer.Cookies);
                if (client.DefaultRequestHeaders.UserAgent.Count == 0)
                    request.Headers.UserAgent.Add(Agent);

                // A length and an offset count the video's bytes only when nothing is packed on the way.
                request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("identity"));
                if (offset > 0)
                {
                    request.Headers.Range = new RangeHeaderValue(offset, null);
                    request.Headers.IfRange = transfer.ValidatorOf(endpoint)?.Condition;
                }

                return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, guard.Token).ConfigureAwait(false);
            },
            options.FirstByteTimeout,
            guard,
            cancellationToken).ConfigureAwait(false);

    private async Task CopyAsync(
        Stream body, Transfer transfer, DownloadRequest request, ProgressMeter meter, StallGuard guard, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            while (await ReadAsync(body, buffer, options.StallTimeout, guard, cancellationToken).ConfigureAwait(false) is > 0 and var count)
                await WriteAsync(buffer.AsMemory(0, count), transfer, request, meter, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static async Task WriteAsync(ReadOnlyMemory<byte> bytes, Transfer transfer, DownloadRequest request, ProgressMeter meter, CancellationToken cancellationToken)
    {
        if ((transfer.Total ?? request.ExpectedLength) is { } total && transfer.Length + bytes.Length > total)
        {
            transfer.Discard();
            throw new HttpDownloadException($"the server sent more than {total} bytes");
        }

        await transfer.Stream.WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
        transfer.Advance(bytes.Length);
        meter.Report(transfer.Length, transfer.Total);
    }

    private Task<Stream> BodyOfAsync(HttpResponseMessage response, StallGuard guard, CancellationToken cancellationToken) =>
        GuardedAsync(() => response.Content.ReadAsStreamAsync(guard.Token), options.StallTimeout, guard, cancellationToken);

    private static Task<int> ReadAsync(Stream body, Memory<byte> buffer, TimeSpan patience, StallGuard guard, CancellationToken cancellationToken) =>
        GuardedAsync(() => body.ReadAsync(buffer, guard.Token).AsTask(), patience, guard, cancellationToken);

    private static async Task<T> GuardedAsync<T>(Func<Task<T>> exchange, TimeSpan patience, StallGuard guard, CancellationToken cancellationToken)
    {
        try
        {
            guard.Watch(patience);
            return await exchange().ConfigureAwait(false);
        }
        catch (OperationCanceledException exception)
        {
            // The caller compares the token with its own, and not with the guard's.
            if (cancellationToken.IsCancellationRequested)
                throw new OperationCanceledException(exception.Message, exception, cancellationToken);
            throw Transient(guard.Stalled ? $"no byte came for {patience.TotalSeconds:0.#} s" : "there was no connection, or no reply, within the client's own time-out", exception);
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException)
        {
            throw Transient(FailureWords.Of(exception), exception);
        }
        finally
        {
            guard.Pause();
        }
    }

    private static HttpDownloadException Transient(string message, Exception? inner = null) => new(message, inner) { IsTransient = true };
}
