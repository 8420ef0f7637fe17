namespace SmartCache.Tool.Output;

/// <summary>Counts on the reading thread: what is counted there is not to come later.</summary>
internal sealed class ReadBytes(Action<long> read) : IProgress<long>
{
    public void Report(long value) => read(value);
}
