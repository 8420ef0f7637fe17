using SmartCache.Storage;

namespace SmartCache.Maintenance;

/// <summary>Reads every byte of a layer's entries and quarantines what is wrong. Entries that somebody leases meanwhile are read all the same.</summary>
internal sealed class CacheVerifier(CacheLayer layer)
{
    public ValueTask<VerifyReport> RunAsync(CancellationToken cancellationToken) =>
        layer.Boundary.AttemptAsync("verify", new VerifyReport(0, 0, 0), Run, cancellationToken);

    private VerifyReport Run(OperationPulse pulse)
    {
        var report = new VerifyReport(0, 0, 0);
        foreach (var name in new EntryScan(layer.Entries).Names())
        {
            pulse.Beat();
            if (layer.Entries.TryLease(name, pulse, out var reason, fromDisk: true) is not { } lease)
            {
                report = reason.StartsWith("wrong", StringComparison.Ordinal) ? report with { Quarantined = report.Quarantined + 1 } : report;
                continue;
            }

            var verdict = layer.Entries.Check(name, lease.Manifest, pulse, out var wrong, everyByte: true);
            report = report with { Entries = report.Entries + 1, Bytes = report.Bytes + lease.Manifest.TotalLength };
            lease.Dispose();
            if (verdict == EntryVerdict.Wrong)
            {
                layer.Entries.Remove(name, EntryRemoval.Quarantine, wrong);
                report = report with { Quarantined = report.Quarantined + 1 };
            }
        }

        return report;
    }
}
