using System.Globalization;

namespace SmartCache.Torture.Workload;

/// <summary>Where the parts of one run lie.</summary>
/// <param name="Root">Of everything.</param>
/// <param name="Disk">A file system of its own for the cache and the jobs' files; what the run itself notes is not on it.</param>
internal sealed record RunPaths(string Root, string? Disk = null)
{
    public string Cache => Path.Combine(Disk ?? Root, "cache");

    /// <summary>The object store of the host's pool, where there is one.</summary>
    public string Bucket => Path.Combine(Root, "bucket");

    public string Reports => Path.Combine(Root, "reports");

    public string Ledger => Path.Combine(Root, "confirmations.ledger");

    /// <summary>Hashes of files whose confirmation was taken back, one a line, each written when that was done.</summary>
    public string Forgotten => Path.Combine(Root, "forgotten.ledger");

    /// <summary>What an operation that ended has promised, one a line.</summary>
    public string Promises => Path.Combine(Root, "promises.ledger");

    /// <summary>Paths in the cache that the next clean-up must take away, one a line.</summary>
    public string Old => Path.Combine(Root, "old.ledger");

    /// <summary>There where somebody takes the cache over by hand: until that ended it is none, and it is done again.</summary>
    public string Adoption => Path.Combine(Root, "adoption.ledger");

    public string Work(int worker) => Path.Combine(Disk ?? Root, "work", worker.ToString(CultureInfo.InvariantCulture));

    public string Report(int worker) => Path.Combine(Reports, worker.ToString("D5", CultureInfo.InvariantCulture) + ".log");

    /// <summary>For workers under several users everything belongs to their common group.</summary>
    public void Make(bool forGroup = false)
    {
        foreach (var directory in new[] { Root, Disk ?? Root, Path.Combine(Disk ?? Root, "work"), Path.Combine(Root, "warm-up"), Reports })
        {
            Directory.CreateDirectory(directory);
            if (forGroup)
            {
                Owner.GiveTo(directory, Owner.Root, Owner.Group, Owner.SharedDirectory);
            }
        }

        if (forGroup)
        {
            File.Create(Ledger).Dispose();
            Owner.GiveTo(Ledger, Owner.Root, Owner.Group, Owner.SharedFile);
        }
    }
}
