using Amazon;
using Amazon.Runtime;
using Amazon.Runtime.CredentialManagement;
using Amazon.S3;

namespace SmartCache.S3;

/// <summary>The options, checked.</summary>
internal sealed class S3Settings
{
    private S3Settings(string bucket, string description) => (Bucket, Description) = (bucket, description);

    public string Bucket { get; }

    /// <summary>Host and bucket, for the log.</summary>
    public string Description { get; }

    public Uri? Endpoint { get; private init; }

    public string Region { get; private init; } = "us-east-1";

    public bool IsPathStyle { get; private init; }

    public ServerSideEncryptionMethod? Encryption { get; private init; }

    public string? EncryptionKey { get; private init; }

    public AWSCredentials? Credentials { get; private init; }

    /// <exception cref="ObjectStoreException">They can never work. The text names the key, and no value that may be secret.</exception>
    public static S3Settings From(S3RemoteOptions options)
    {
        if (string.IsNullOrWhiteSpace(options.Bucket))
        {
            throw Wrong("Bucket", "is missing");
        }

        Uri? endpoint = null;
        if (!string.IsNullOrWhiteSpace(options.Endpoint)
            && (!Uri.TryCreate(options.Endpoint, UriKind.Absolute, out endpoint) || endpoint.Scheme is not ("http" or "https") || endpoint.UserInfo.Length > 0))
        {
            throw Wrong("Endpoint", "is no address such as http://rgw.internal:7480");
        }

        return new S3Settings(options.Bucket, options.ToString())
        {
            Endpoint = endpoint,
            Region = string.IsNullOrWhiteSpace(options.Region) ? "us-east-1" : options.Region,
            IsPathStyle = (options.PathStyle ?? "Auto").ToUpperInvariant() switch
            {
                "AUTO" => endpoint is not null,
                "ON" => true,
                "OFF" => false,
                _ => throw Wrong("PathStyle", "is not one of Auto, On, Off"),
            },
            Encryption = EncryptionOf(options.Encryption, out var key),
            EncryptionKey = key,
            Credentials = CredentialsOf(options),
        };
    }

    public AmazonS3Config ToConfig(HttpClientFactory http)
    {
        var config = new AmazonS3Config
        {
            ForcePathStyle = IsPathStyle,
            MaxErrorRetry = 0,
            Timeout = System.Threading.Timeout.InfiniteTimeSpan,

            // Else every streamed put fails on Ceph RGW 16. The tier checks every byte end to end.
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
            HttpClientFactory = http,
        };
        if (Endpoint is not null)
        {
            config.ServiceURL = Endpoint.ToString();
            config.UseHttp = Endpoint.Scheme == "http";
            config.AuthenticationRegion = Region;
        }
        else
        {
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(Region);
        }

        return config;
    }

    private static ServerSideEncryptionMethod? EncryptionOf(string? text, out string? key)
    {
        key = null;
        switch (text?.ToUpperInvariant())
        {
            case null or "" or "NONE":
                return null;
            case "SSE-S3":
                return ServerSideEncryptionMethod.AES256;
            case ['K', 'M', 'S', ':', _, ..]:
                key = text["KMS:".Length..];
                return ServerSideEncryptionMethod.AWSKMS;
            default:
                throw Wrong("Encryption", "is not None, SSE-S3 or KMS: and the id of a key");
        }
    }

    private static AWSCredentials? CredentialsOf(S3RemoteOptions options)
    {
        if (string.IsNullOrEmpty(options.AccessKey) != string.IsNullOrEmpty(options.SecretKey))
        {
            throw Wrong("AccessKey", "and SecretKey go together");
        }

        if (!string.IsNullOrEmpty(options.AccessKey))
        {
            return new BasicAWSCredentials(options.AccessKey, options.SecretKey);
        }

        if (string.IsNullOrEmpty(options.Profile))
        {
            return null;
        }

        return new CredentialProfileStoreChain().TryGetAWSCredentials(options.Profile, out var found) ? found : throw Wrong("Profile", "is not in the shared credentials");
    }

    private static ObjectStoreException Wrong(string key, string problem) => new(ObjectStoreFault.Misconfigured, $"Cache:Remote:S3:{key} {problem}.");
}
