using System.Security.Cryptography;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;

namespace SmartCache.Pool;

/// <summary>What a worker would write without a cache: <see cref="HttpClient"/> on signed addresses, and the SDK. What arrives is written to one file and hashed.</summary>
/// <param name="endpoint">The address that is asked; signatures are valid for it alone.</param>
/// <param name="bucket">The bucket.</param>
internal sealed class BareClient(string endpoint, string bucket) : IDisposable
{
    private const int Buffer = 256 << 10;

    private readonly HttpClient _http = new();
    private readonly AmazonS3Client _client = new(new EnvironmentVariablesAWSCredentials(), new AmazonS3Config
    {
        ServiceURL = endpoint, ForcePathStyle = true, AuthenticationRegion = "us-east-1", MaxErrorRetry = 0, UseHttp = IsPlain(endpoint),
        RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED, ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
    });

    public string Address(HttpVerb verb, string name) => _client.GetPreSignedURL(new GetPreSignedUrlRequest
    {
        BucketName = bucket, Key = name, Verb = verb, Expires = DateTime.UtcNow.AddHours(1), Protocol = IsPlain(endpoint) ? Protocol.HTTP : Protocol.HTTPS,
    });

    public async Task GetAsync(string name, string path)
    {
        using var response = await _http.GetAsync(Address(HttpVerb.GET, name), HttpCompletionOption.ResponseHeadersRead);
        response.EnsureSuccessStatusCode();
        await SaveAsync(await response.Content.ReadAsStreamAsync(), path);
    }

    /// <summary>The SDK's own way: it computes MD5 beside that, unless the object was stored in parts.</summary>
    public async Task GetBySdkAsync(string name, string path)
    {
        using var response = await _client.GetObjectAsync(bucket, name);
        await SaveAsync(response.ResponseStream, path);
    }

    /// <summary>All in one request.</summary>
    public async Task PutAsync(string name, IObjectBody body)
    {
        using var sent = new StreamContent(body.Open(0, body.Length), Buffer);
        sent.Headers.ContentLength = body.Length;
        using var response = await _http.PutAsync(Address(HttpVerb.PUT, name), sent);
        response.EnsureSuccessStatusCode();
    }

    public void Dispose()
    {
        _http.Dispose();
        _client.Dispose();
    }

    private static bool IsPlain(string endpoint) => endpoint.StartsWith("http:", StringComparison.Ordinal);

    private static async Task SaveAsync(Stream from, string path)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 0);
        var buffer = new byte[Buffer];
        while (await from.ReadAsync(buffer) is > 0 and var read)
        {
            sha.AppendData(buffer, 0, read);
            file.Write(buffer, 0, read);
        }

        _ = sha.GetHashAndReset();
    }
}
