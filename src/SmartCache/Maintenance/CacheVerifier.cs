using SmartCache.Layers;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Maintenance;

/// <summary>Reads every byte of a layer's entries and quarantines what is wrong. Entries that somebody leases meanwhile are read all the same.</summary>
internal sealed class CacheVerifier(CacheLayer layer)
{
    public async ValueTask<VerifyReport> RunAsync(CancellationToken cancellationToken)
    {
        var report = new VerifyReport(0, 0, 0);
        var names = await layer.Boundary.AttemptAsync<List<string>>("list entries", [], _ => [.. new EntryScan(layer.Entries).Names()], cancellationToken).ConfigureAwait(false);
        foreach (var name in names)
        {
            // One by one, so that an entry that cannot be read leaves the others verified.
            var one = await VerifyOneAsync(name, cancellationToken).ConfigureAwait(false);
            report = new VerifyReport(report.Entries + one.Entries, report.Bytes + one.Bytes, report.Quarantined + one.Quarantined);
        }

        return report;
    }

    public ValueTask<VerifyReport> VerifyOneAsync(string name, CancellationToken cancellationToken) =>
        layer.Boundary.AttemptAsync("verify", new VerifyReport(0, 0, 0), pulse => Verify(name, pulse), cancellationToken);

    private VerifyReport Verify(string name, OperationPulse pulse)
    {
        // Not a use: verifying must neither keep entries from expiring nor shuffle the order in which they go.
        if (layer.Entries.TryLease(name, pulse, out var reason, fromDisk: true, isUse: false) is not { } lease)
        {
            return new VerifyReport(0, 0, reason.Code == CacheReason.Damaged ? 1 : 0);
        }

        return layer.Entries.Verify(lease, pulse) switch
        {
            EntryVerdict.Changing or EntryVerdict.Unreadable => new VerifyReport(0, 0, 0),
            var verdict => new VerifyReport(1, lease.Manifest.TotalLength, verdict == EntryVerdict.Wrong ? 1 : 0),
        };
    }
}
