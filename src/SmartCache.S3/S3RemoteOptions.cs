using Microsoft.Extensions.Configuration;

namespace SmartCache.S3;

/// <summary>The section <c>Cache:Remote:S3</c>, as strings; read once.</summary>
public sealed class S3RemoteOptions
{
    /// <summary>Address of the engine.</summary>
    /// <value>Default: AWS. With <c>http://</c> or <c>https://</c>.</value>
    public string? Endpoint { get; set; }

    /// <summary>The bucket. It must exist.</summary>
    public string? Bucket { get; set; }

    /// <summary>The region that requests are signed for.</summary>
    /// <value>Default <c>us-east-1</c>.</value>
    public string? Region { get; set; }

    /// <summary>Whether the bucket's name stands in the path and not in the host.</summary>
    /// <value>Default <c>Auto</c>: where there is an <see cref="Endpoint"/>. <c>Auto</c>, <c>On</c> or <c>Off</c>.</value>
    public string? PathStyle { get; set; }

    /// <summary>A profile of the SDK's shared credentials.</summary>
    public string? Profile { get; set; }

    /// <summary>The access key; without it and a <see cref="Profile"/>, what the SDK finds by itself.</summary>
    public string? AccessKey { get; set; }

    /// <summary>The secret key.</summary>
    public string? SecretKey { get; set; }

    /// <summary>How objects are encrypted at rest.</summary>
    /// <value>Default <c>None</c>. <c>None</c>, <c>SSE-S3</c>, or <c>KMS:</c> and the id of a key.</value>
    public string? Encryption { get; set; }

    /// <summary>The options as a section has them, for <see cref="S3RemoteStore.Create"/> without a container.</summary>
    /// <param name="section"><c>Cache:Remote:S3</c>; <see langword="null"/> where there is no configuration.</param>
    public static S3RemoteOptions From(IConfiguration? section) => new()
    {
        // By hand, so that nothing is lost to trimming.
        Endpoint = section?[nameof(Endpoint)],
        Bucket = section?[nameof(Bucket)],
        Region = section?[nameof(Region)],
        PathStyle = section?[nameof(PathStyle)],
        Profile = section?[nameof(Profile)],
        AccessKey = section?[nameof(AccessKey)],
        SecretKey = section?[nameof(SecretKey)],
        Encryption = section?[nameof(Encryption)],
    };

    /// <summary>Endpoint and bucket; no credentials.</summary>
    public override string ToString() => $"S3 bucket {Bucket} at {(Uri.TryCreate(Endpoint, UriKind.Absolute, out var address) ? address.Authority : "AWS")}";
}
