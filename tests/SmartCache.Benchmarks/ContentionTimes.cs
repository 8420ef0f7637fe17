namespace SmartCache.Benchmarks;

/// <summary>What one worker of <see cref="Contention"/> measured, or all of them together: for each way to hit, the times of the hits and those of the CPU loop beside them.</summary>
internal sealed class ContentionTimes(int ways)
{
    public IReadOnlyList<Samples> Hits { get; } = [.. Enumerable.Range(0, ways).Select(static _ => new Samples())];

    public IReadOnlyList<Samples> Loops { get; } = [.. Enumerable.Range(0, ways).Select(static _ => new Samples())];

    /// <summary>The CPU loop of the first way, each handed to the thread pool: what handing over costs, without a cache.</summary>
    public Samples Hops { get; } = new();

    public int NotHits { get; set; }

    public int Warnings { get; set; }

    public string FirstWarning { get; set; } = "";

    private IEnumerable<Samples> All => [.. Hits, .. Loops, Hops];

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
