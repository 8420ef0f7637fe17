using System.Text.Json.Serialization;

namespace SmartCache;

/// <summary>How far the upload of one profile is.</summary>
public sealed record ProfileUploadState
{
    /// <summary><see cref="EncodedProfile.ContentHash"/> of the profile, where known.</summary>
    [JsonPropertyName("profileHash")] // as the job's file calls it
    public string? ContentHash { get; init; }

    /// <summary>Whether every file is confirmed.</summary>
    public bool Completed { get; init; }

    /// <summary>CID of the profile's directory, once the target confirmed it.</summary>
    [JsonPropertyName("ipfsHash")]
    public string? Cid { get; init; }

    /// <summary>Files confirmed.</summary>
    public int UploadedFiles { get; init; }

    /// <summary>Files in all.</summary>
    public int TotalFiles { get; init; }
}
