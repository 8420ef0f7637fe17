namespace SmartCache.Torture.PowerCuts;

/// <summary>A file system does not recover from what a power cut left of it. There is no cache to be looked at then.</summary>
internal sealed class RefusedImageException(string message) : IOException(message);
