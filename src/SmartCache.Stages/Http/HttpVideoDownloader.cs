using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using SmartCache.Diagnostics;
using SmartCache.Stages.Http;

namespace SmartCache.Stages;

/// <summary>
/// Downloads over HTTP(S) and, through gateways, <c>ipfs://CID/path</c>. A download that breaks off is continued where it stopped, in this
/// call and in a later one (see <see cref="DownloadRequest.PartialPath"/>), if and only if the rest is provably of the same file: the same
/// strong entity tag, the same modification time where that is strong, or a content id that fixes the bytes, and a 206 with exactly the range asked for.
/// Otherwise it starts from the beginning.
/// The destination is replaced in one step by a whole file or left alone. URLs never reach a log, an exception's text or the disk.
/// </summary>
public sealed class HttpVideoDownloader : IVideoDownloader
{
    private const long Headway = 1024 * 1024;

    // EIO, EBADMSG, EUCLEAN: the system's own number is all that an exception says.
    private static readonly int[] Unreadable = [5, 74, 117];

    private readonly HttpDownloadOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly DownloadExchange _exchange;

    /// <summary>Creates the downloader.</summary>
    /// <param name="client">
    /// Sends the requests; stays the caller's. Its default headers go to every address, gateways included. Its <see cref="HttpClient.Timeout"/>
    /// bounds the wait for headers only. Automatic decompression should be off, as it is by default.
    /// </param>
    /// <param name="options">Settings; the defaults without.</param>
    /// <param name="timeProvider">Clock for time-outs and pauses; the system's without.</param>
    /// <param name="logger">Receives the log; nothing is logged without.</param>
    /// <exception cref="ArgumentException">A setting is out of its range.</exception>
    public HttpVideoDownloader(HttpClient client, HttpDownloadOptions? options = null, TimeProvider? timeProvider = null, ILogger? logger = null)
    {
        ArgumentNullException.ThrowIfNull(client);
        _options = (options ?? new HttpDownloadOptions()).Validated();
        _time = timeProvider ?? TimeProvider.System;
        _logger = logger is null ? NullLogger.Instance : new GuardedLogger(logger);
        _exchange = new DownloadExchange(client, _options, _time);
    }

    /// <inheritdoc/>
    /// <exception cref="HttpDownloadException">The video could not be had, or what came is not the video.</exception>
    /// <exception cref="IOException">The destination cannot be written.</exception>
    public async Task<DownloadedVideo> DownloadAsync(
        DownloadRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        cancellationToken.ThrowIfCancellationRequested();
        var source = DownloadSource.Parse(request, _options.IpfsGateways);
        var destination = Path.GetFullPath(request.DestinationPath);
        Directory.CreateDirectory(Path.GetDirectoryName(destination)!);

        var started = _time.GetTimestamp();
        using var transfer = new Transfer(source, destination, request.PartialPath is { } partial ? Path.GetFullPath(partial) : null);
        var resumed = transfer.TakePartial(request.ExpectedLength);
        HttpDownloadLog.Begins(_logger, source.Name, resumed);

        var meter = new ProgressMeter(progress, _options.ProgressInterval, _time);
        await TryAllAsync(source, transfer, request, meter, cancellationToken).ConfigureAwait(false);
        var length = transfer.Length;
        HttpDownloadLog.Done(_logger, source.Name, length, resumed, _time.GetElapsedTime(started).TotalSeconds);
        return new DownloadedVideo(request.DestinationPath, length);
    }

    private async Task TryAllAsync(
        DownloadSource source, Transfer transfer, DownloadRequest request, ProgressMeter meter, CancellationToken cancellationToken)
    {
        var alive = new List<DownloadEndpoint>(source.Endpoints);
        var furthest = transfer.Length;
        for (var round = 1; ; round++)
        {
            HttpDownloadException? last = null;
            foreach (var endpoint in alive.ToArray())
            {
                last = await TryAsync(endpoint, source, transfer, request, meter, cancellationToken).ConfigureAwait(false);
                if (last is null)
                    return;
                if (!last.IsTransient)
                    alive.Remove(endpoint);
            }

            if (transfer.Length >= furthest + Headway)
            {
                furthest = transfer.Length;
                round = 0;
            }

            if (alive.Count == 0 || round >= _options.MaxAttempts)
            {
                throw new HttpDownloadException($"Download {source.Name} failed: {last!.Message}.", last.InnerException)
                {
                    IsTransient = last.IsTransient,
                    StatusCode = last.StatusCode,
                };
            }

            meter.ReportRetry();
            await Task.Delay(Pause(round, last!.RetryAfter), _time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Tries one address; says why it failed.</summary>
    private async Task<HttpDownloadException?> TryAsync(
        DownloadEndpoint endpoint, DownloadSource source, Transfer transfer, DownloadRequest request, ProgressMeter meter, CancellationToken cancellationToken)
    {
        for (var isWhole = false; ; isWhole = false)
        {
            try
            {
                await _exchange.RunAsync(endpoint, transfer, request, meter, cancellationToken).ConfigureAwait(false);
                await CheckAsync(source, transfer, request, cancellationToken).ConfigureAwait(false);
                isWhole = true;
                if (transfer.TryPublish())
                    return null;
                throw new HttpDownloadException("another attempt took the file") { IsTransient = true };
            }
            catch (HttpDownloadException exception)
            {
                HttpDownloadLog.TryFailed(
                    _logger, source.Name, Position(source, endpoint), source.Endpoints.Count, transfer.Length, exception.Message);
                return exception;
            }
            catch (Exception exception) when (IsOfTheDisk(exception, meter) && (!isWhole || Unreadable.Contains(exception.HResult)))
            {
                // Put back, a partial that cannot be read would fail the retries too.
                if (!transfer.LeavePartialPath())
                    throw new IOException($"Download {source.Name} cannot be written: {exception.Message}", exception);
                HttpDownloadLog.PartialPlaceLost(_logger, source.Name);
            }
        }
    }

    private static bool IsOfTheDisk(Exception exception, ProgressMeter meter) =>
        exception is IOException or UnauthorizedAccessException && !ReferenceEquals(exception, meter.Threw);

    /// <summary>The last look before the file becomes the destination. What is proven wrong is not continued.</summary>
    private async Task CheckAsync(DownloadSource source, Transfer transfer, DownloadRequest request, CancellationToken cancellationToken)
    {
        string? wrong = null;
        if (request.ExpectedLength is { } expected && transfer.Length != expected)
            wrong = $"{transfer.Length} bytes came where {expected} are expected";
        else if (transfer.Length < _options.MinLength)
            wrong = $"{transfer.Length} bytes are too few for a video";
        else if (source.Sha256 is { } sha256
            && !sha256.Equals(await transfer.Sha256Async(cancellationToken).ConfigureAwait(false), StringComparison.OrdinalIgnoreCase))
            wrong = "the bytes do not have the hash that the request names";
        if (wrong is null)
            return;

        transfer.Discard();
        throw new HttpDownloadException(wrong) { IsTransient = true };
    }

    private TimeSpan Pause(int round, TimeSpan? retryAfter)
    {
        var pause = _options.RetryDelay * Math.Pow(2, Math.Clamp(round - 1, 0, 20));
        if (retryAfter > pause)
            pause = retryAfter.Value;
        return pause < _options.MaxRetryDelay ? pause : _options.MaxRetryDelay;
    }

    private static int Position(DownloadSource source, DownloadEndpoint endpoint) => source.Endpoints.ToList().IndexOf(endpoint) + 1;
}
