using System.Net;
using Amazon.Runtime;
using Amazon.S3;

namespace SmartCache.S3;

/// <summary>What an engine's answer means. The texts name operation, status and code; an exception's own text may hold a presigned address, and goes no further.</summary>
internal static class S3Faults
{
    public static ObjectStoreException Of(string operation, HttpStatusCode status, string? code) =>
        new(KindOf(status, code), $"{operation}: {(int)status} {code}");

    public static ObjectStoreException Of(string operation, Exception exception) => exception switch
    {
        ObjectStoreException known => known,
        AmazonS3Exception s3 when s3.StatusCode != 0 => Of(operation, s3.StatusCode, s3.ErrorCode),
        AmazonClientException when exception.InnerException is null => new ObjectStoreException(ObjectStoreFault.Misconfigured, $"{operation}: {exception.GetType().Name}, mostly for want of credentials"),
        _ => new ObjectStoreException(ObjectStoreFault.Unavailable, $"{operation}: {exception.GetType().Name}{(exception is HttpRequestException http ? $" {http.HttpRequestError}" : "")}"),
    };

    private static ObjectStoreFault KindOf(HttpStatusCode status, string? code) => (status, code) switch
    {
        (_, "QuotaExceeded" or "InsufficientStorage") or (HttpStatusCode.InsufficientStorage, _) => ObjectStoreFault.Full,
        (_, "NoSuchBucket" or "InvalidBucketName" or "RequestTimeTooSkewed" or "PermanentRedirect" or "AuthorizationHeaderMalformed") => ObjectStoreFault.Misconfigured,
        (HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden, _) => ObjectStoreFault.Denied,
        (HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable, _) or (_, "SlowDown") => ObjectStoreFault.Throttled,
        (HttpStatusCode.BadGateway or HttpStatusCode.GatewayTimeout or HttpStatusCode.RequestTimeout, _) => ObjectStoreFault.Unavailable,
        ( >= HttpStatusCode.InternalServerError, _) => ObjectStoreFault.ServerError,
        _ => ObjectStoreFault.Protocol,
    };
}
