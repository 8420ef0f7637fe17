using SmartCache.Diagnostics;
using SmartCache.Layers;
using SmartCache.Storage;
using SmartCache.Storage.Platform;
using SmartCache.Uploads;

namespace SmartCache.Maintenance;

/// <summary>One clean-up of all that is no entry: what dead processes left beside the account, the history and the outbox, and expired upload states and journals.</summary>
internal sealed class RecordCleaner(LayerAccess quota, IReadOnlyList<LayerDirectory> others, LayerAccess uploads, UploadStateStore store)
{
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        Subject.Current = null;
        await SweepAsync(quota, quota.Directory, cancellationToken).ConfigureAwait(false);

        // Also where they are switched off by now, and not behind their own boundary: that would make their directories.
        foreach (var other in others)
        {
            await SweepAsync(quota, other, cancellationToken).ConfigureAwait(false);
        }

        await uploads.Boundary.AttemptAsync(
            "clean up",
            false,
            pulse =>
            {
                store.Cleanup(pulse, uploads.Time.GetUtcNow());
                return true;
            },
            cancellationToken).ConfigureAwait(false);
        await uploads.Boundary.AttemptAsync("sweep", 0, pulse => new LayerSweeper(uploads.Directory).Sweep(uploads.Time.GetUtcNow(), pulse), cancellationToken).ConfigureAwait(false);
    }

    private static ValueTask<int> SweepAsync(LayerAccess access, LayerDirectory directory, CancellationToken cancellationToken) =>
        access.Boundary.AttemptAsync(
            "sweep",
            0,
            pulse => directory.FileSystem.Stat(directory.Root) is { Kind: FileKind.Directory } ? new LayerSweeper(directory).Sweep(access.Time.GetUtcNow(), pulse) : 0,
            cancellationToken);
}
