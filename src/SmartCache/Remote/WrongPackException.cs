namespace SmartCache.Remote;

/// <summary>An object was read and proven to be no pack of what was asked for. A transfer that fails or ends early proves nothing, and is no such exception.</summary>
internal sealed class WrongPackException(string message) : Exception(message);
