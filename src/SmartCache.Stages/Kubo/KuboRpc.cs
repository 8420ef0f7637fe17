using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace SmartCache.Stages.Kubo;

/// <summary>
/// One request to one node: credentials, deadline, and every way in which a reply is a failure although its status says 200.
/// Nothing that leaves here as text has the endpoint's URL or credentials.
/// </summary>
internal sealed class KuboRpc
{
    private const int MaxErrorBytes = 16 * 1024;
    private readonly HttpClient _http;
    private readonly KuboOptions _options;
    private readonly TimeProvider _time;
    private readonly Uri _base;
    private readonly AuthenticationHeaderValue? _authorization;
    private readonly List<string> _secrets = [];

    // A server that refuses a request for its size, and closes while the body still goes out, is heard only by who asks before the body is sent. That costs
    // a second where nobody answers the question, so it is put only after a connection broke in the middle of a body.
    private volatile bool _asksFirst;

    public KuboRpc(HttpClient http, KuboEndpoint endpoint, KuboOptions options, TimeProvider time)
    {
        _http = http;
        _options = options;
        _time = time;
        _base = new UriBuilder(endpoint.Url) { UserName = "", Password = "", Query = "", Fragment = "", Path = endpoint.Url.AbsolutePath.TrimEnd('/') + "/api/v0/" }.Uri;
        var userInfo = Uri.UnescapeDataString(endpoint.Url.UserInfo);
        if (endpoint.Authorization is { Length: > 0 } header)
        {
            if (!AuthenticationHeaderValue.TryParse(header, out _authorization))
                throw new KuboException("The authorization of the endpoint is not a valid header value.") { IsTransient = false };
        }
        else if (userInfo.Length > 0)
        {
            _authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(userInfo)));
        }
        foreach (var secret in (string?[])[_authorization?.Parameter, endpoint.Authorization, userInfo, endpoint.Url.UserInfo, .. userInfo.Split(':', 2)])
        {
            if (secret is { Length: > 3 })
                _secrets.Add(secret);
        }
    }

    /// <summary>Sends one request and gives each line of its reply.</summary>
    /// <param name="command">Path below <c>/api/v0/</c> with its query.</param>
    /// <param name="body">What it carries.</param>
    /// <param name="type">Shape of a line.</param>
    /// <param name="maxLines">More lines than this are a failure.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<List<T>> PostAsync<T>(
        string command, RpcBody body, JsonTypeInfo<T> type, int maxLines, CancellationToken cancellationToken)
    {
        var name = command.Split('?', 2)[0];
        using var deadline = new Deadline(_options.TimeoutFor(body.Length + body.Weight), _options.StallTimeout, _time, cancellationToken);
        using var content = body.Parts.Count == 0 ? null : new UploadContent(body.Parts, body.Import, deadline, body.Sent);
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_base, command)) { Content = content };
        request.Headers.Authorization = _authorization;
        if (_asksFirst && content is not null)
            request.Headers.ExpectContinue = true;
        var isAnswered = false;
        try
        {
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, deadline.Token).ConfigureAwait(false);
            deadline.Sent();
            isAnswered = true;
            if (response.StatusCode != HttpStatusCode.OK)
                throw await FailureAsync(name, response, deadline.Token).ConfigureAwait(false);
            var lines = await ReadLinesAsync(name, response, type, maxLines, deadline.Token).ConfigureAwait(false);
            if (response.TrailingHeaders.TryGetValues("X-Stream-Error", out var errors))
                throw Failure($"The node's {name} failed after it had begun to answer: {Clean(string.Join(' ', errors))}", response.StatusCode);
            return lines;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new KuboException($"The node {deadline.Expired ?? "could not be connected to in time"} ({name}).") { IsTimeout = deadline.NoAnswer };
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (content?.LocalFailure is { } local)
                throw new IOException(local.Message, local);
            if (deadline.Expired is { } expired)
                throw new KuboException($"The node {expired} ({name}).") { IsTimeout = deadline.NoAnswer };
            _asksFirst |= content is not null && !isAnswered;
            throw new KuboException($"The connection to the node failed ({name}): {FailureWords.Of(exception)}.", exception);
        }
    }

    private static async Task<List<T>> ReadLinesAsync<T>(string name, HttpResponseMessage response, JsonTypeInfo<T> type, int maxLines, CancellationToken cancellationToken)
    {
        List<T> lines = [];
        var body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        await using (body.ConfigureAwait(false))
        {
            using var reader = new BoundedLines(body, maxLineBytes: MaxErrorBytes);
            // Reads to the very end, also past a line too many: only then the trailer is there.
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false) is { } line)
            {
                if (line.Length == 0)
                    continue;
                if (lines.Count == maxLines)
                    throw Failure($"The node's {name} answered more lines than it was asked for.", response.StatusCode);
                try
                {
                    lines.Add(JsonSerializer.Deserialize(line, type) ?? throw new JsonException());
                }
                catch (JsonException)
                {
                    throw Failure($"The node's {name} answered something that is not its reply.", response.StatusCode);
                }
            }
        }
        return lines;
    }

    private async Task<KuboException> FailureAsync(string name, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var status = response.StatusCode;
        string? message = null;
        try
        {
            var body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            await using (body.ConfigureAwait(false))
            {
                using var reader = new BoundedLines(body, MaxErrorBytes);
                if (await reader.ReadAsync(cancellationToken).ConfigureAwait(false) is { } line)
                    message = JsonSerializer.Deserialize(line, KuboJson.Default.ErrorReply)?.Message;
            }
        }
        catch (Exception exception) when (exception is JsonException or IOException or HttpRequestException or KuboException)
        {
            // A page of a proxy: the status is all that is said.
        }
        var delay = response.Headers.RetryAfter is { } after ? after.Delta ?? after.Date - _time.GetUtcNow() : null;
        return new KuboException($"The node's {name} answered {(int)status}{(message is null ? $": {FailureWords.Of(status)}." : ": " + Clean(message))}")
        {
            StatusCode = status,
            NodeMessage = message,
            IsTransient = (int)status >= 500 && status != HttpStatusCode.NotImplemented || status is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests || (int)status < 300,
            RetryAfter = delay > TimeSpan.Zero ? delay : null,
        };
    }

    private static KuboException Failure(string message, HttpStatusCode status) => new(message) { StatusCode = status };

    /// <summary>A node's words in one short line, without what was sent to it in confidence.</summary>
    private string Clean(string text)
    {
        foreach (var secret in _secrets)
            text = text.Replace(secret, "…", StringComparison.Ordinal);
        text = string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));
        return text.Length <= 200 ? text : text[..200] + "…";
    }
}
