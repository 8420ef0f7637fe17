using SmartCache.Abstractions;
using SmartCache.Storage.Platform;

namespace SmartCache.Storage;

/// <summary>What a look-up does with an entry: looks at it while its lock is held, and once that is released does what a miss asks for.</summary>
internal sealed class EntryLookUp(EntryManifests manifests, EntryCheck check, EntryRemovals removals, Func<IntegrityLevel> integrity)
{
    /// <summary>Looks at an entry whose lock is held. What is found wrong is named by its identity meanwhile: once the lock is released, another process may exchange it for a good one.</summary>
    public WholeEntry? Examine(string name, bool fromDisk, bool isUse, OperationPulse pulse, out EntryMiss miss) => Examine(name, fromDisk, isUse, pulse, isSecondTry: false, out miss);

    private WholeEntry? Examine(string name, bool fromDisk, bool isUse, OperationPulse pulse, bool isSecondTry, out EntryMiss miss)
    {
        miss = default;
        if (removals.IsCondemned(name))
        {
            miss = new EntryMiss(new(CacheReason.BeingRemoved, "condemned"), EntryAftermath.FinishCondemned, null);
            return null;
        }

        try
        {
            if (manifests.Stat(name) is not { } facts)
            {
                miss = new EntryMiss(CacheReason.NotCached, EntryAftermath.Leave, null);
                return null;
            }

            if (Compare(name, facts, fromDisk, pulse, out var reason) is { } whole)
            {
                if (isUse)
                {
                    manifests.Touch(name, facts);
                }

                return whole;
            }

            miss = reason.Code == CacheReason.Damaged ? new EntryMiss(reason, EntryAftermath.Quarantine, removals.IdentityOf(name)) : new EntryMiss(reason, EntryAftermath.Leave, null);
        }
        catch (UnauthorizedAccessException denied)
        {
            miss = new EntryMiss(new(CacheReason.NoAccess, denied.Message), EntryAftermath.MakeWay, removals.IdentityOf(name));
        }
        catch (IOException unreadable) when (DiskError.IsUnreadable(unreadable))
        {
            // Its manifest; of a file both was done already.
            if (unreadable is not UnreadableBytesException)
            {
                check.EnsureDiskAnswers();
                if (!isSecondTry)
                {
                    return Examine(name, fromDisk, isUse, pulse, isSecondTry: true, out miss);
                }
            }

            miss = new EntryMiss(new(CacheReason.Fault, unreadable.Message), EntryAftermath.MakeWay, removals.IdentityOf(name));
        }

        return null;
    }

    private WholeEntry? Compare(string name, in FileFacts facts, bool fromDisk, OperationPulse pulse, out Reason reason)
    {
        if (!EntryManifests.IsReadable(facts))
        {
            reason = new(CacheReason.Damaged, "its manifest is no file, or far too large");
            return null;
        }

        var everyByte = integrity() == IntegrityLevel.Full;
        if (manifests.Get(name, facts, fromDisk || everyByte, out reason) is not { } manifest)
        {
            return null;
        }

        var finding = check.Look(name, manifest, everyByte, pulse);
        reason = finding.Reason;
        return finding.Verdict switch
        {
            EntryVerdict.Intact => new WholeEntry(manifest, finding.IsShared),
            EntryVerdict.Touched => new WholeEntry(manifests.Refresh(name, manifest, finding.Modified!), finding.IsShared),
            _ => null,
        };
    }

    /// <summary>Does what a miss asks for, once the lock is released, and says why it was one.</summary>
    public Reason Follow(string name, in EntryMiss miss)
    {
        switch (miss.After)
        {
            case EntryAftermath.MakeWay:
                removals.MakeWay(name, miss.Found, miss.Reason.Text);
                break;
            case EntryAftermath.Quarantine when miss.Found is null || !removals.Remove(name, EntryRemoval.Quarantine, miss.Reason.Text, miss.Found):
                return new(CacheReason.BeingRemoved, "gone meanwhile");
            case EntryAftermath.FinishCondemned:
                removals.FinishCondemned(name);
                break;
            default:
                break;
        }

        return miss.Reason;
    }
}
