namespace SmartCache.Benchmarks;

/// <summary>What one worker of <see cref="Contention"/> measured, or all of them together: the times of each kind of hit and those of the CPU loop beside it.</summary>
internal sealed class ContentionTimes
{
    public static IReadOnlyList<HotRow> Rows { get; } = [.. Enum.GetValues<HotRow>().Where(static row => row != HotRow.None).Order()];

    /// <summary>By <see cref="HotRow"/>.</summary>
    public IReadOnlyList<Samples> Hits { get; } = [.. Rows.Select(static _ => new Samples())];

    /// <summary>By <see cref="HotRow"/>.</summary>
    public IReadOnlyList<Samples> Loops { get; } = [.. Rows.Select(static _ => new Samples())];

    /// <summary>By <see cref="HotRow"/>: the same loops, interrupted by system calls that do nothing.</summary>
    public IReadOnlyList<Samples> CallingLoops { get; } = [.. Rows.Select(static _ => new Samples())];

    /// <summary>The CPU loop of the first row, each handed to the thread pool: what handing over costs, without a cache.</summary>
    public Samples Hops { get; } = new();

    public int NotHits { get; set; }

    public int Warnings { get; set; }

    public string FirstWarning { get; set; } = "";

    private IEnumerable<Samples> All => [.. Hits, .. Loops, .. CallingLoops, Hops];

    public void Write(string path)
    {
        using var writer = new BinaryWriter(File.Create(path));
        writer.Write(NotHits);
        writer.Write(Warnings);
        writer.Write(FirstWarning);
        foreach (var samples in All)
        {
            writer.Write(samples.Count);
            foreach (var time in samples.Times)
            {
                writer.Write(time.Ticks);
            }
        }
    }

    /// <summary>Adds what a worker wrote.</summary>
    public void Read(string path)
    {
        using var reader = new BinaryReader(File.OpenRead(path));
        NotHits += reader.ReadInt32();
        Warnings += reader.ReadInt32();
        var first = reader.ReadString();
        FirstWarning = FirstWarning.Length > 0 ? FirstWarning : first;
        foreach (var samples in All)
        {
            for (var left = reader.ReadInt32(); left > 0; left--)
            {
                samples.Add(new TimeSpan(reader.ReadInt64()));
            }
        }
    }
}
