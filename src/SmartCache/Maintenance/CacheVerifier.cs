using SmartCache.Layers;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Maintenance;

/// <summary>Reads every byte of a layer's entries and quarantines what is wrong. Entries that somebody leases meanwhile are read all the same.</summary>
internal sealed class CacheVerifier(EntryLayer layer)
{
    public async ValueTask<VerifyReport> RunAsync(CancellationToken cancellationToken)
    {
        var report = new VerifyReport();
        var names = await layer.Boundary.AttemptAsync<List<string>>("list entries", [], _ => [.. new EntryScan(layer.Entries).Names()], cancellationToken).ConfigureAwait(false);
        foreach (var name in names)
        {
            // One by one, so that an entry that cannot be read leaves the others verified.
            var one = await VerifyOneAsync(name, cancellationToken).ConfigureAwait(false);
            report = new VerifyReport { Entries = report.Entries + one.Entries, Bytes = report.Bytes + one.Bytes, Quarantined = report.Quarantined + one.Quarantined };
        }

        return report;
    }

    public ValueTask<VerifyReport> VerifyOneAsync(string name, CancellationToken cancellationToken) =>
        layer.Boundary.AttemptAsync("verify", new VerifyReport(), pulse => Verify(name, pulse), cancellationToken);

    private VerifyReport Verify(string name, OperationPulse pulse)
    {
        // Not a use: verifying must neither keep entries from expiring nor shuffle the order in which they go.
        if (layer.Entries.TryLease(name, pulse, out var reason, fromDisk: true, isUse: false) is not { } lease)
        {
            return new VerifyReport { Quarantined = reason.Code == CacheReason.Damaged ? 1 : 0 };
        }

        return layer.Entries.Verify(lease, pulse) switch
        {
            EntryVerdict.Changing or EntryVerdict.Unreadable => new VerifyReport(),
            var verdict => new VerifyReport { Entries = 1, Bytes = lease.Manifest.TotalLength, Quarantined = verdict == EntryVerdict.Wrong ? 1 : 0 },
        };
    }
}
