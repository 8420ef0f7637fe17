using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using SmartCache.Diagnostics;
using SmartCache.Stages.Kubo;

namespace SmartCache.Stages;

/// <summary>
/// Uploads trees to IPFS nodes over the Kubo RPC API, file by file: what a target confirmed is not sent to it again. Directories
/// are built here and give the same root as one add of the whole tree with the same parameters. The root is pinned and its
/// presence verified before success is reported. A target that allows only <c>add</c> gets the tree in one request; then
/// <see cref="UploadResult.SentWhole"/> is set and <see cref="UploadResult.Verified"/> is not. Empty directories are not part
/// of a tree, nor is what a killed encode left (<c>.NAME.*.run</c>). Thread-safe.
/// </summary>
public sealed class KuboUploader : IIpfsUploader, IUploadPresence, IDisposable
{
    private readonly KuboOptions _options;
    private readonly ImportParameters _import;
    private readonly IKuboTargetSelector? _selector;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly HttpClient _http;
    private readonly ConcurrentDictionary<string, KuboNode> _nodes = new(StringComparer.Ordinal);

    /// <summary>An uploader.</summary>
    /// <param name="options">Settings; read now, later changes have no effect on what was read.</param>
    /// <param name="selector">The worker's own choice of target; <see langword="null"/> = <see cref="KuboOptions.Endpoints"/> in order, the one that holds the job's files first.</param>
    /// <param name="logger">Gets a line per upload and each failure of a target.</param>
    /// <param name="timeProvider">Clock of time-outs and waits; <see langword="null"/> = the system's.</param>
    /// <exception cref="ArgumentException">A setting is not valid; every one that is not is named.</exception>
    public KuboUploader(KuboOptions options, IKuboTargetSelector? selector = null, ILogger<KuboUploader>? logger = null, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _options = options;
        _import = new ImportParameters(options);
        _selector = selector;
        _logger = logger is null ? NullLogger.Instance : new GuardedLogger(logger);
        _time = timeProvider ?? TimeProvider.System;
        // No redirects: a credential goes to the endpoint it belongs to and nowhere else. Time-outs are per request.
        _http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            ConnectTimeout = options.ConnectTimeout,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            // Nodes close idle connections after 5 s; one that is just being closed would cost an attempt.
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(3),
        })
        { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>Uploads a tree.</summary>
    /// <param name="request">The tree. Without a session everything is sent, and only this call remembers.</param>
    /// <param name="progress">Receives bytes confirmed and under way, over all files and targets, and signs of life while a target verifies. Called by one thread at a time; its bytes never go back.</param>
    /// <param name="cancellationToken">Ends the upload; what is recorded stays.</param>
    /// <exception cref="KuboException">Every target failed; the last one's failure, or all of them inside an <see cref="AggregateException"/>.</exception>
    /// <exception cref="IOException">The tree cannot be read, is empty, or changed while it was uploaded.</exception>
    public async Task<UploadResult> UploadAsync(UploadRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.Target is { } wanted && wanted.ImportParameters != _import.Canonical)
            throw new ArgumentException(
                $"The request's Target names the import parameters '{wanted.ImportParameters}', and this uploader has '{_import.Canonical}'. Ask for one that an upload with the same KuboOptions gave.",
                nameof(request));
        var tree = TreeToUpload.Of(request);
        var call = new UploadCall(request, tree, new UploadMeter(progress, tree.TotalBytes));
        List<UploadTarget> failed = [];
        List<KuboException> failures = [];
        while (failures.Count < _options.TargetAttempts)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var endpoint = await SelectAsync(request, failed, cancellationToken).ConfigureAwait(false);
            if (endpoint is null)
                break;
            UploadTarget target = new(endpoint.Id, _import.Canonical);
            try
            {
                var node = Connect(endpoint);
                var result = await new TargetUpload(call, node, _import, _options, _logger, _time).RunAsync(cancellationToken).ConfigureAwait(false);
                _nodes[endpoint.Id] = node;
                KuboLog.Uploaded(_logger, LogText.Name(request.JobId), endpoint.Id, result.FilesSent, result.FilesSkipped, result.BytesSent, result.Verified);
                return result;
            }
            catch (KuboException exception)
            {
                cancellationToken.ThrowIfCancellationRequested();
                failures.Add(exception);
                failed.Add(target);
                KuboLog.TargetFailed(_logger, endpoint.Id, LogText.Name(request.JobId), failures.Count, LogText.Reason(exception.Message));
            }
        }
        throw failures.Count switch
        {
            0 => new KuboException(_selector is null
                ? "There is no target to upload to: name one in KuboOptions.Endpoints, or register an IKuboTargetSelector."
                : "There is no target to upload to: the IKuboTargetSelector gave none.") { IsTransient = false },
            1 => failures[0],
            _ => new KuboException($"Every target failed ({failures.Count}). The last one: {failures[^1].Message}", new AggregateException(failures)) { StatusCode = failures[^1].StatusCode },
        };
    }

    /// <inheritdoc/>
    public async ValueTask<Presence> CheckAsync(UploadTarget target, string cid, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(target);
        if (!Cid.TryParse(cid, out var parsed))
            return Presence.Unknown;
        var node = _nodes.TryGetValue(target.Id, out var used) ? used : Find(target) is { } endpoint ? _nodes.GetOrAdd(endpoint.Id, _ => Connect(endpoint)) : null;
        return node is null ? Presence.Unknown : await node.CheckAsync(parsed, 0, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Closes the connections.</summary>
    public void Dispose() => _http.Dispose();

    private KuboNode Connect(KuboEndpoint endpoint) => new(endpoint, new KuboRpc(_http, endpoint, _options, _time), _import, _options.RequireExpectedCid);

    private KuboEndpoint? Find(UploadTarget target) =>
        _options.Endpoints.FirstOrDefault(e => e.Id == target.Id) ?? (target.Endpoint is { } url ? new KuboEndpoint(url, target.Id) : null);

    private async ValueTask<KuboEndpoint?> SelectAsync(UploadRequest request, List<UploadTarget> failed, CancellationToken cancellationToken)
    {
        if (request.Target is { } wanted)
            return failed.Count > 0 ? null : Find(wanted) ?? (_selector is null ? null : await AskAsync(wanted).ConfigureAwait(false));
        var holder = request.Session?.PreferredTarget;
        if (_selector is not null)
            return await AskAsync(holder).ConfigureAwait(false);
        return _options.Endpoints
            .Where(e => failed.All(f => f.Id != e.Id))
            .OrderByDescending(e => e.Id == holder?.Id)
            .FirstOrDefault();

        ValueTask<KuboEndpoint?> AskAsync(UploadTarget? holding) => _selector.SelectAsync(new KuboTargetQuery { JobId = request.JobId, Holder = holding, Failed = [.. failed] }, cancellationToken);
    }
}
