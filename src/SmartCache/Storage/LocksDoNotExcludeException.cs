namespace SmartCache.Storage;

/// <summary>The file system grants the same exclusive lock twice, so the layer stays closed: leases would protect nothing.</summary>
internal sealed class LocksDoNotExcludeException(string directory)
    : IOException($"File locks under '{directory}' do not exclude each other (a network file system without flock, or DOTNET_SYSTEM_IO_DISABLEFILELOCKING). The cache stays off there; use a local file system.");
