namespace SmartCache;

/// <summary>stub</summary>
public sealed class CachingVideoDownloader { }
