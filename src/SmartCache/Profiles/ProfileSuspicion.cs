using SmartCache.Abstractions;
using SmartCache.Jobs;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Profiles;

/// <summary>
/// What happens to the profiles of a job whose upload failed. A hit is a hard link or a clone where it can be one, so that nobody has read its bytes before the uploader does; where the
/// disk does not give them, each retry would be given them again, and fail. So the job's entries are read in full before they are given out the next time: in the background
/// at once, and by the look-up where that is earlier. Most uploads fail for reasons of their own: only where the failure says that the disk did not give a file, where the
/// cache could not read the tree either, or where not the first attempt of the job failed.
/// </summary>
/// <param name="store">The profiles.</param>
/// <param name="jobs">What is known of the job.</param>
internal sealed class ProfileSuspicion(ProfileStore store, JobRecords jobs)
{
    /// <summary>Waits until the next look-up knows, and not until the bytes were read.</summary>
    public async ValueTask SuspectAsync(string jobId, Exception exception, bool isLikely)
    {
        if (store.Layer.Mode != LayerMode.On || !(isLikely || DiskError.IsUnreadable(exception)))
        {
            return;
        }

        var names = (await jobs.LoadAsync(jobId, CancellationToken.None).ConfigureAwait(false))?.ProfileEntries ?? [];
        var doubted = await store.Layer.Boundary.AttemptAsync<IReadOnlyList<string>>("suspect", [], pulse => Doubt(names, pulse), CancellationToken.None).ConfigureAwait(false);
        if (doubted.Count > 0)
        {
            _ = store.Layer.Saves.Run(stopping => ReadAsync(doubted, stopping));
        }
    }

    private List<string> Doubt(IReadOnlyList<string> names, OperationPulse pulse)
    {
        var doubted = new List<string>();
        foreach (var name in names.Where(OwnNames.IsEntry))
        {
            pulse.Beat();
            if (IsToBeRead(name))
            {
                doubted.Add(name);
            }
        }

        return doubted;
    }

    private bool IsToBeRead(string name)
    {
        try
        {
            return store.Layer.Entries.Doubt(name);
        }
        catch (IOException exception) when (DiskError.IsUnreadable(exception))
        {
            return true; // just this disk is why it is doubted
        }
    }

    private bool Read(string name, OperationPulse pulse)
    {
        // Also where the doubt could not be noted, or a look-up has read it meanwhile out of memory.
        return store.Layer.Entries.TryLease(name, pulse, out _, fromDisk: true, isUse: false) is { } lease
            && store.Layer.Entries.Verify(lease, pulse) is EntryVerdict.Intact or EntryVerdict.Touched;
    }

    private async Task<bool> ReadAsync(IReadOnlyList<string> names, CancellationToken stopping)
    {
        try
        {
            foreach (var name in names)
            {
                await store.Layer.Boundary.AttemptAsync("recheck", false, pulse => Read(name, pulse), stopping).ConfigureAwait(false);
            }

            return true;
        }
        catch (OperationCanceledException)
        {
            return false; // the process ends, and the next look-up reads
        }
    }
}
