using SmartCache.Tool.Finding;

namespace SmartCache.Tool.Doctor;

/// <summary>Whether the entries can be read. Their files are not: that is the background verification's work.</summary>
internal static class EntryChecks
{
    public static async Task LookAsync(CacheInspector inspector, IReadOnlyList<InspectedEntry> entries, Findings findings, CancellationToken cancellationToken)
    {
        Count(InspectedEntryState.Damaged, "damaged", "have a damaged manifest, or none", "nothing at once: the next look-up or clean-up puts them into quarantine. If it comes again, test the disk");
        Count(InspectedEntryState.Newer, "newer-version", "were written by a newer version of the library", "finish the upgrade, or the rollback");
        Count(InspectedEntryState.Unreadable, "unreadable", "cannot be read by this user, or the disk does not give them", "run this as the worker's user; mend owner and mode, or look at the disk");
        var unread = 0;
        await foreach (var target in inspector.ReadTargetsAsync(cancellationToken).ConfigureAwait(false))
        {
            unread += target.UnreadParts;
        }

        if (unread > 0)
        {
            findings.Add("unread-journals", inspector.Directory, $"{unread} parts of journals of uploads were written by a newer version of the library, or cannot be read: what they confirm is sent again", "finish the upgrade, or the rollback; or run this as the worker's user");
        }

        var kept = await inspector.QuarantineAsync(cancellationToken).ConfigureAwait(false);
        if (kept.Count > 0)
        {
            findings.Add(
                "quarantine", Path.GetDirectoryName(kept[0].Path)!, $"{kept.Count} entries were proven wrong", "test the disk and the memory; see whether a job writes into its hard-linked file. What lies there goes by itself");
        }

        void Count(InspectedEntryState state, string code, string meaning, string whatToDo)
        {
            var names = entries.Where(entry => entry.State == state).Select(static entry => entry.Name).ToList();
            if (names.Count > 0)
            {
                findings.Add(code, inspector.Directory, $"{names.Count} entries {meaning}: {string.Join(", ", names.Take(3))}", whatToDo);
            }
        }
    }
}
