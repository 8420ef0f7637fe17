namespace SmartCache.Torture.Steps;

/// <summary>A job got something else than it should have.</summary>
internal sealed class WrongBytesException(string message) : Exception(message);
