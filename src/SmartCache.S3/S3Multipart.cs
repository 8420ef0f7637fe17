using Amazon.S3;
using Amazon.S3.Model;

namespace SmartCache.S3;

/// <summary>What is too large for one request: parts are sent by several at once, and nobody sees the object before all are there. What fails is aborted, because parts of it take space for ever.</summary>
/// <param name="client">The SDK's client.</param>
/// <param name="settings">Bucket and encryption.</param>
/// <param name="send">Sends one part to a signed address, and gives its tag.</param>
internal sealed class S3Multipart(AmazonS3Client client, S3Settings settings, Func<string, IObjectBody, long, long, CancellationToken, Task<string>> send)
{
    /// <summary>So much goes in one request.</summary>
    public const long MostInOne = 64 << 20;

    private const int AtOnce = 4;
    private const int MostParts = 9000;

    // S3's own limit of a copy in one request.
    private const long MostCopied = 5L << 30;
    private const long CopyPart = 1L << 30;

    private static readonly TimeSpan AbortPatience = TimeSpan.FromSeconds(5);

    /// <returns>The object's tag.</returns>
    public Task<string> PutAsync(string name, IObjectBody body, CancellationToken cancellationToken)
    {
        var size = Math.Max(MostInOne, (body.Length + MostParts - 1) / MostParts);
        return UploadAsync(
            name,
            body.Length,
            size,
            async (upload, number, offset, count, token) => new PartETag(number, await send(await AddressAsync(name, upload, number).ConfigureAwait(false), body, offset, count, token).ConfigureAwait(false)),
            cancellationToken);
    }

    /// <summary>Copies an object onto itself within the engine, which renews its age.</summary>
    /// <returns>False where it is absent.</returns>
    public async Task<bool> CopyOntoItselfAsync(string name, CancellationToken cancellationToken)
    {
        var found = await client.GetObjectMetadataAsync(new GetObjectMetadataRequest { BucketName = settings.Bucket, Key = name }, cancellationToken).ConfigureAwait(false);
        if (found.ContentLength <= MostCopied)
        {
            await client.CopyObjectAsync(
                new CopyObjectRequest
                {
                    SourceBucket = settings.Bucket, SourceKey = name, DestinationBucket = settings.Bucket, DestinationKey = name,

                    // What was deleted or replaced meanwhile must not come back.
                    ETagToMatch = found.ETag,
                    MetadataDirective = S3MetadataDirective.REPLACE, ContentType = "application/octet-stream",
                    ServerSideEncryptionMethod = settings.Encryption, ServerSideEncryptionKeyManagementServiceKeyId = settings.EncryptionKey,
                },
                cancellationToken).ConfigureAwait(false);
            return true;
        }

        await UploadAsync(
            name,
            found.ContentLength,
            CopyPart,
            async (upload, number, offset, count, token) =>
            {
                var copied = await client.CopyPartAsync(
                    new CopyPartRequest
                    {
                        SourceBucket = settings.Bucket, SourceKey = name, DestinationBucket = settings.Bucket, DestinationKey = name, UploadId = upload, PartNumber = number,
                        FirstByte = offset, LastByte = offset + count - 1, ETagToMatch = [found.ETag],
                    },
                    token).ConfigureAwait(false);
                return new PartETag(number, copied.ETag);
            },
            cancellationToken).ConfigureAwait(false);
        return true;
    }

    private async Task<string> UploadAsync(
        string name, long length, long size, Func<string, int, long, long, CancellationToken, Task<PartETag>> part, CancellationToken cancellationToken)
    {
        var begun = await client.InitiateMultipartUploadAsync(
            new InitiateMultipartUploadRequest
            {
                BucketName = settings.Bucket, Key = name, ServerSideEncryptionMethod = settings.Encryption, ServerSideEncryptionKeyManagementServiceKeyId = settings.EncryptionKey,
            },
            cancellationToken).ConfigureAwait(false);
        try
        {
            var parts = new PartETag[(length + size - 1) / size];
            await Parallel.ForAsync(0, parts.Length, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken }, async (index, token) =>
            {
                var offset = index * size;
                parts[index] = await part(begun.UploadId, index + 1, offset, Math.Min(size, length - offset), token).ConfigureAwait(false);
            }).ConfigureAwait(false);
            var made = await client.CompleteMultipartUploadAsync(
                new CompleteMultipartUploadRequest { BucketName = settings.Bucket, Key = name, UploadId = begun.UploadId, PartETags = [.. parts] }, cancellationToken).ConfigureAwait(false);
            return made.ETag;
        }
        catch
        {
            await AbortAsync(name, begun.UploadId).ConfigureAwait(false);
            throw;
        }
    }

    private async Task AbortAsync(string name, string upload)
    {
        try
        {
            using var patience = new CancellationTokenSource(AbortPatience);
            await client.AbortMultipartUploadAsync(new AbortMultipartUploadRequest { BucketName = settings.Bucket, Key = name, UploadId = upload }, patience.Token).ConfigureAwait(false);
        }
        catch (Exception)
        {
            // The bucket's own rule aborts it after a day.
        }
    }

    private Task<string> AddressAsync(string name, string upload, int number) => client.GetPreSignedURLAsync(new GetPreSignedUrlRequest
    {
        BucketName = settings.Bucket,
        Key = name,
        Verb = HttpVerb.PUT,
        UploadId = upload,
        PartNumber = number,
        Expires = DateTime.UtcNow.AddHours(12),
        Protocol = settings.Endpoint?.Scheme == "http" ? Protocol.HTTP : Protocol.HTTPS,
    });
}
