using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Space;

/// <summary>
/// What lies beside the entries: downloads and encodes that are under way or were cut off. Thread-safe. A link, or anything else in the place of a directory, takes nothing of the
/// cache's; what cannot be listed just now takes what it took before, because all layers would stop storing otherwise.
/// </summary>
/// <param name="files">The file system.</param>
/// <param name="time">The clock.</param>
/// <param name="roots">The directories.</param>
internal sealed class PartialsUsage(FileSystem files, TimeProvider time, IReadOnlyList<string> roots)
{
    /// <summary>An encode records hundreds of parts, and each look reads the names of all of them.</summary>
    private static readonly TimeSpan Recent = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly long[] _last = new long[roots.Count];
    private long _sum;
    private long? _at;

    /// <summary>What they take now.</summary>
    public long Measure(OperationPulse pulse)
    {
        long sum = 0;
        for (var i = 0; i < roots.Count; i++)
        {
            sum += MeasureOne(i, pulse);
        }

        lock (_gate)
        {
            (_sum, _at) = (sum, time.GetTimestamp());
        }

        return sum;
    }

    /// <summary>What they took some seconds ago, with what this process has added since. For parts alone: what others add meanwhile is seen by the next entry.</summary>
    public long MeasureForPart(OperationPulse pulse)
    {
        lock (_gate)
        {
            if (_at is { } at && time.GetElapsedTime(at) < Recent)
            {
                return _sum;
            }
        }

        return Measure(pulse);
    }

    /// <summary>Adds what was recorded since.</summary>
    public void Add(long bytes)
    {
        lock (_gate)
        {
            _sum += bytes;
        }
    }

    private long MeasureOne(int which, OperationPulse pulse)
    {
        var taken = Volatile.Read(ref _last[which]);
        try
        {
            taken = files.Stat(roots[which]) is { Kind: FileKind.Directory } ? DiskUsage.Of(roots[which], pulse, files) : 0;
            Volatile.Write(ref _last[which], taken);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Whoever uses the directory meets the fault, and says it.
        }

        return taken;
    }
}
