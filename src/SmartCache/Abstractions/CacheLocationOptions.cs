namespace SmartCache;

/// <summary>Directories of single layers.</summary>
public sealed class CacheLocationOptions
{
    /// <summary>Directory of the source layer.</summary>
    /// <value>Default <c>sources</c> below the root.</value>
    public string? Sources { get; set; }

    /// <summary>Directory of the profile layer.</summary>
    /// <value>Default <c>profiles</c> below the root.</value>
    public string? Profiles { get; set; }

    /// <summary>Directory of the upload layer.</summary>
    /// <value>Default <c>uploads</c> below the root.</value>
    public string? Uploads { get; set; }
}
