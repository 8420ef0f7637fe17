namespace SmartCache.Prefetch;

/// <summary>More came than there is room for.</summary>
internal sealed class PrefetchTooLargeException() : Exception("More came than may be fetched ahead.");
