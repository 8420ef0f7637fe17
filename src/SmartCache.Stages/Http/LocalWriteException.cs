namespace SmartCache.Stages.Http;

/// <summary>The disk failed and not the network: another try at the server would not help. Never leaves the downloader.</summary>
internal sealed class LocalWriteException(Exception inner) : Exception(inner.Message, inner);
