using System.Globalization;

namespace SmartCache.Torture.Workload;

/// <summary>Where the parts of one run lie.</summary>
internal sealed record RunPaths(string Root)
{
    public string Cache => Path.Combine(Root, "cache");

    public string Reports => Path.Combine(Root, "reports");

    public string Ledger => Path.Combine(Root, "confirmations.ledger");

    /// <summary>Hashes of files whose confirmation was taken back, one a line, each written when that was done.</summary>
    public string Forgotten => Path.Combine(Root, "forgotten.ledger");

    public string Work(int worker) => Path.Combine(Root, "work", worker.ToString(CultureInfo.InvariantCulture));

    public string Report(int worker) => Path.Combine(Reports, worker.ToString("D5", CultureInfo.InvariantCulture) + ".log");

    public void Make()
    {
        Directory.CreateDirectory(Path.Combine(Root, "work"));
        Directory.CreateDirectory(Reports);
    }
}
