using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Amazon.S3;
using Amazon.S3.Model;

namespace SmartCache.S3;

/// <summary>
/// <see cref="IObjectStore"/> on S3. Bytes go through <see cref="HttpClient"/> on addresses that the SDK signs, which asks nobody; what is small goes through the SDK.
/// </summary>
internal sealed partial class S3ObjectStore : IObjectStore, IObjectStoreRules, IDisposable
{
    private const int ErrorBytes = 4096;
    private static readonly TimeSpan AddressLife = TimeSpan.FromHours(12);

    private readonly S3Settings _settings;
    private readonly PlainHttp _http = new();
    private readonly AmazonS3Client _client;
    private readonly S3Multipart _multipart;
    private readonly S3Rules _rules;

    public S3ObjectStore(S3Settings settings)
    {
        _settings = settings;
        var config = settings.ToConfig(_http);
        _client = settings.Credentials is { } credentials ? new AmazonS3Client(credentials, config) : new AmazonS3Client(config);
        _multipart = new S3Multipart(_client, settings, SendPartAsync);
        _rules = new S3Rules(_client, settings);
        _ = Task.Run(WarmUpAsync);
    }

    public string Description => _settings.Description;

    public async ValueTask<ObjectRead?> GetAsync(string name, ObjectRange? range, string? ifTag, CancellationToken cancellationToken = default)
    {
        HttpResponseMessage? response = null;
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, await AddressAsync(name, HttpVerb.GET).ConfigureAwait(false));
            request.Headers.Range = range is { } asked ? new RangeHeaderValue(asked.Offset, asked.Offset + asked.Count - 1) : null;
            if (ifTag is not null)
            {
                request.Headers.TryAddWithoutValidation("If-Match", $"\"{ifTag}\"");
            }

            response = await _http.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
            if (response.StatusCode is HttpStatusCode.PreconditionFailed)
            {
                response.Dispose();
                return null;
            }

            if (response.StatusCode is HttpStatusCode.RequestedRangeNotSatisfiable && range is { Offset: 0 })
            {
                // An object without a byte.
                response.Dispose();
                return new ObjectRead(new ObjectEntry { Name = name, Length = 0, Tag = "" }, 0, Stream.Null);
            }

            if (response.StatusCode is not (HttpStatusCode.OK or HttpStatusCode.PartialContent))
            {
                return await AbsentAsync("get", response, cancellationToken).ConfigureAwait(false) ? null : throw new InvalidOperationException();
            }

            return await ReadAsync(name, range, response, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            response?.Dispose();
            throw S3Faults.Of("get", exception);
        }
        catch
        {
            response?.Dispose();
            throw;
        }
    }

    public async ValueTask<ObjectEntry?> StatAsync(string name, CancellationToken cancellationToken = default)
    {
        try
        {
            var found = await _client.GetObjectMetadataAsync(new GetObjectMetadataRequest { BucketName = _settings.Bucket, Key = name }, cancellationToken).ConfigureAwait(false);
            return new ObjectEntry { Name = name, Length = found.ContentLength, Tag = TagOf(found.ETag), Modified = found.LastModified ?? default };
        }
        catch (AmazonS3Exception absent) when (absent.StatusCode == HttpStatusCode.NotFound && absent.ErrorCode != "NoSuchBucket")
        {
            return null;
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw S3Faults.Of("stat", exception);
        }
    }

    public async ValueTask<ObjectPut> PutAsync(string name, IObjectBody body, PutCondition condition, CancellationToken cancellationToken = default)
    {
        try
        {
            // Engines ignore conditions on the completion of a multipart upload. What has one is small.
            return body.Length > S3Multipart.MostInOne && condition == PutCondition.None
                ? ObjectPut.Stored(TagOf(await _multipart.PutAsync(name, body, cancellationToken).ConfigureAwait(false)))
                : await PutInOneAsync(name, body, condition, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw S3Faults.Of("put", exception);
        }
    }

    public async ValueTask DeleteAsync(string name, string? ifTag, CancellationToken cancellationToken = default)
    {
        try
        {
            await _client.DeleteObjectAsync(
                new DeleteObjectRequest { BucketName = _settings.Bucket, Key = name, IfMatch = string.IsNullOrEmpty(ifTag) ? null : ifTag }, cancellationToken).ConfigureAwait(false);
        }
        catch (AmazonS3Exception gone) when (gone.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.PreconditionFailed && gone.ErrorCode != "NoSuchBucket")
        {
            // Absent, or another one by now: either is fine.
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw S3Faults.Of("delete", exception);
        }
    }

    public async ValueTask<bool> TouchAsync(string name, CancellationToken cancellationToken = default)
    {
        try
        {
            return await _multipart.CopyOntoItselfAsync(name, cancellationToken).ConfigureAwait(false);
        }
        catch (AmazonS3Exception absent) when (absent.StatusCode == HttpStatusCode.NotFound && absent.ErrorCode != "NoSuchBucket")
        {
            return false;
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw S3Faults.Of("touch", exception);
        }
    }

    public async IAsyncEnumerable<ObjectEntry> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        string? next = null;
        do
        {
            var page = await ListPageAsync(prefix, next, cancellationToken).ConfigureAwait(false);
            foreach (var found in page.S3Objects ?? [])
            {
                yield return new ObjectEntry { Name = found.Key, Length = found.Size ?? 0, Tag = TagOf(found.ETag), Modified = found.LastModified ?? default };
            }

            next = page.IsTruncated == true ? page.NextContinuationToken : null;
        }
        while (next is not null);
    }

    public ValueTask<ObjectStoreRules> ReadRulesAsync(string prefix, CancellationToken cancellationToken = default) => _rules.ReadRulesAsync(prefix, cancellationToken);

    public ValueTask WriteRulesAsync(string prefix, ObjectStoreRules rules, CancellationToken cancellationToken = default) => _rules.WriteRulesAsync(prefix, rules, cancellationToken);

    public ValueTask<int> AbortUploadsAsync(string prefix, TimeSpan age, CancellationToken cancellationToken = default) => _rules.AbortUploadsAsync(prefix, age, cancellationToken);

    public void Dispose()
    {
        _client.Dispose();
        _http.Dispose();
    }

    private async Task<ListObjectsV2Response> ListPageAsync(string prefix, string? from, CancellationToken cancellationToken)
    {
        try
        {
            return await _client.ListObjectsV2Async(new ListObjectsV2Request { BucketName = _settings.Bucket, Prefix = prefix, ContinuationToken = from }, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw S3Faults.Of("list", exception);
        }
    }

    private static async ValueTask<ObjectRead> ReadAsync(string name, ObjectRange? range, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var content = response.Content.Headers;
        if (content.ContentLength is not { } sent)
        {
            throw new ObjectStoreException(ObjectStoreFault.Protocol, "get: an answer without a length");
        }

        var total = sent;
        var length = sent;
        if (response.StatusCode == HttpStatusCode.PartialContent)
        {
            if (content.ContentRange is not { From: { } from, Length: { } whole } || from != range?.Offset)
            {
                throw new ObjectStoreException(ObjectStoreFault.Protocol, "get: another range than was asked for");
            }

            total = whole;
        }
        else if (range is { } asked)
        {
            // The whole object in place of a range: its beginning will do.
            length = asked.Offset == 0 ? Math.Min(asked.Count, sent) : throw new ObjectStoreException(ObjectStoreFault.Protocol, "get: ranges are ignored");
        }

        var body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        var entry = new ObjectEntry { Name = name, Length = total, Tag = TagOf(response.Headers.ETag?.Tag), Modified = content.LastModified ?? default };
        return new ObjectRead(entry, length, new ResponseStream(response, body, length));
    }

    private async ValueTask<ObjectPut> PutInOneAsync(string name, IObjectBody body, PutCondition condition, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, await AddressAsync(name, HttpVerb.PUT).ConfigureAwait(false));
        if (condition.IsAbsent)
        {
            request.Headers.TryAddWithoutValidation("If-None-Match", "*");
        }

        if (condition.Tag is { } tag)
        {
            // Without quotes: with them nobody wins on Ceph RGW 16. The others take both.
            request.Headers.TryAddWithoutValidation("If-Match", tag);
        }

        AddEncryption(request);
        using var response = await SendAsync(request, body, 0, body.Length, cancellationToken).ConfigureAwait(false);
        return response.StatusCode switch
        {
            HttpStatusCode.OK => ObjectPut.Stored(TagOf(response.Headers.ETag?.Tag)),
            HttpStatusCode.PreconditionFailed or HttpStatusCode.Conflict when condition != PutCondition.None => ObjectPut.Refused,
            HttpStatusCode.NotFound when condition.Tag is not null && await AbsentAsync("put", response, cancellationToken).ConfigureAwait(false) => ObjectPut.Refused,
            _ => throw S3Faults.Of("put", response.StatusCode, await CodeAsync(response, cancellationToken).ConfigureAwait(false)),
        };
    }

    /// <summary>Sends one part.</summary>
    /// <returns>Its tag.</returns>
    private async Task<string> SendPartAsync(string address, IObjectBody body, long offset, long count, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, address);
        using var response = await SendAsync(request, body, offset, count, cancellationToken).ConfigureAwait(false);
        return response.StatusCode == HttpStatusCode.OK && response.Headers.TryGetValues("ETag", out var tags)
            ? tags.First()
            : throw S3Faults.Of("put", response.StatusCode, await CodeAsync(response, cancellationToken).ConfigureAwait(false));
    }

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, IObjectBody body, long offset, long count, CancellationToken cancellationToken)
    {
        var stream = body.Open(offset, count);
        await using var closing = stream.ConfigureAwait(false);
        using var content = new StreamContent(stream, 256 << 10);
        content.Headers.ContentLength = count;
        request.Content = content;
        return await _http.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The first address takes the SDK more processor time than a thousand later ones; no job is to wait for that.</summary>
    private async Task WarmUpAsync()
    {
        try
        {
            await AddressAsync("-", HttpVerb.GET).ConfigureAwait(false);
        }
        catch (Exception)
        {
            // The first question meets the same, and says it.
        }
    }

    private Task<string> AddressAsync(string name, HttpVerb verb) => _client.GetPreSignedURLAsync(new GetPreSignedUrlRequest
    {
        BucketName = _settings.Bucket,
        Key = name,
        Verb = verb,
        Expires = DateTime.UtcNow + AddressLife,
        Protocol = _settings.Endpoint?.Scheme == "http" ? Protocol.HTTP : Protocol.HTTPS,
        ServerSideEncryptionMethod = verb == HttpVerb.PUT ? _settings.Encryption : null,
        ServerSideEncryptionKeyManagementServiceKeyId = verb == HttpVerb.PUT ? _settings.EncryptionKey : null,
    });

    private void AddEncryption(HttpRequestMessage request)
    {
        if (_settings.Encryption is { } method)
        {
            request.Headers.TryAddWithoutValidation("x-amz-server-side-encryption", method.Value);
        }

        if (_settings.EncryptionKey is { } key)
        {
            request.Headers.TryAddWithoutValidation("x-amz-server-side-encryption-aws-kms-key-id", key);
        }
    }

    /// <returns>True: the object is absent, and the bucket is there. Otherwise it throws.</returns>
    private static async ValueTask<bool> AbsentAsync(string operation, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var code = await CodeAsync(response, cancellationToken).ConfigureAwait(false);
        var status = response.StatusCode;
        response.Dispose();
        return status == HttpStatusCode.NotFound && code != "NoSuchBucket" ? true : throw S3Faults.Of(operation, status, code);
    }

    private static async ValueTask<string?> CodeAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        await using var closing = stream.ConfigureAwait(false);
        var bytes = new byte[ErrorBytes];
        var read = await stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        return ErrorCode().Match(System.Text.Encoding.UTF8.GetString(bytes, 0, read)) is { Success: true } found ? found.Groups[1].Value : null;
    }

    private static string TagOf(string? tag) => (tag ?? "").Trim('"');

    [GeneratedRegex("<Code>([A-Za-z0-9]{1,64})</Code>", RegexOptions.CultureInvariant)]
    private static partial Regex ErrorCode();
}
