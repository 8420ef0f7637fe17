using System.Collections.Concurrent;

namespace SmartCache.Tests.Support;

/// <summary>The real file system, with a list of what was flushed, and a start of the machine of one's choice.</summary>
internal class CountedFlushes(string? boot = null) : ForwardingFileSystem
{
    public override string? Boot { get; } = boot ?? Real.Boot;

    public ConcurrentQueue<string> Flushed { get; } = new();

    /// <summary>What cannot be flushed.</summary>
    public Func<string, bool> Fails { get; set; } = static _ => false;

    public bool HasFlushed(string ending) => Flushed.Any(path => path.EndsWith(ending, StringComparison.Ordinal));

    public override void Flush(string path)
    {
        if (Fails(path))
        {
            throw new IOException("the disk is tired");
        }

        base.Flush(path);
        Flushed.Enqueue(path);
    }
}
