using SmartCache.Abstractions;
using SmartCache.Space;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Layers;

/// <summary>
/// One result of a stage on its way into a layer. The order of the steps is the correctness, and this is where it stands:
/// <list type="number">
/// <item>Take: the cache gets its own hold on each file, by clone, link or open handle.</item>
/// <item>Settle: wait the milliseconds until the files' times are witnesses. Only then has the worker its files back, to delete or overwrite them;
/// what it waits for ends here.</item>
/// <item>Reserve at once, if nothing has to go for it: a link keeps its blocks as soon as the worker has deleted its own name.</item>
/// <item>Hash, which takes no space, and tell whoever waits for it what the result is.</item>
/// <item>Reserve under its name, now that it is known what would have to go for which entry.</item>
/// <item>Publish: copy what was not linked, flush, write the manifest last, rename. Never before the space is reserved.</item>
/// <item>Note by what it is found, after the entry is there.</item>
/// <item>Settle the account: the files that are thrown away go first, so that what is given back is free.</item>
/// <item>Release the production last, so that those who wait find the entry.</item>
/// </list>
/// </summary>
/// <param name="layer">Where it goes.</param>
/// <param name="keeper">Who gives the space.</param>
internal abstract class EntryIntake(EntryLayer layer, SpaceKeeper keeper) : IDisposable
{
    /// <summary>Wall time of the stage.</summary>
    public TimeSpan Cost { get; init; }

    /// <summary>The job, if it said which.</summary>
    public string? JobId { get; init; }

    /// <summary>Why it was not stored after all. Written by one after the other of the steps.</summary>
    public Reason WhyNotStored { get; protected set; }

    /// <summary>Bytes of its files.</summary>
    public abstract long Length { get; }

    protected EntryLayer Layer => layer;

    /// <summary>What is asked for, for the reason of the next miss.</summary>
    protected abstract string Key { get; }

    /// <summary>The entry's name, once it is hashed.</summary>
    protected abstract string Name { get; }

    /// <summary>The same; <see langword="null"/> before.</summary>
    protected virtual string? KnownName => Name;

    /// <summary>What is to become the entry; <see langword="null"/> where the result is only to be known.</summary>
    protected abstract StagedEntry? Staged { get; }

    /// <summary>Whether an entry was wanted, or would have been: making it again is then what a missing one costs.</summary>
    protected virtual bool IsWanted => true;

    /// <inheritdoc cref="SpaceRequest.KeepsFree"/>
    protected virtual long? KeepsFree => null;

    /// <summary>Whether a failure to store it says nothing to the next miss.</summary>
    protected virtual bool IsUnasked => false;

    /// <summary>Whether it can become an entry, once it is hashed.</summary>
    protected virtual bool MayPublish => true;

    /// <summary>Whether an entry that is there makes way.</summary>
    protected virtual bool Replaces => false;

    /// <summary>
    /// Takes the result in and returns as soon as the worker may do with its files what it likes. The rest goes on in the background, which gives
    /// <paramref name="production"/> back at its end.
    /// </summary>
    /// <returns>Whether it was taken; otherwise the production is the caller's still.</returns>
    public async ValueTask<bool> StoreInBackgroundAsync(Production production)
    {
        if (!await TakeAsync(CancellationToken.None).ConfigureAwait(false))
        {
            Note(isStored: false);
            TellUnknown();
            await layer.ReleaseAsync(Staged).ConfigureAwait(false);
            End();
            return false;
        }

        production.StartSaving(Staged);
        _ = layer.Saves.Run(stopping => SaveAsync(production, stopping));
        return true;
    }

    /// <summary>Steps 1 and 2.</summary>
    /// <returns>False where it is not to be stored, with <see cref="WhyNotStored"/>.</returns>
    public abstract ValueTask<bool> TakeAsync(CancellationToken cancellationToken);

    /// <summary>Steps 3 to 8; gives a lease on the entry, where there is one.</summary>
    public virtual async Task<EntryLease?> StoreAsync(CancellationToken cancellationToken)
    {
        EntryLease? lease = null;
        try
        {
            return lease = await StepAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            WhyNotStored = exception is OperationCanceledException ? CacheReason.Cancelled : FaultReasons.Of("save", exception);
            throw;
        }
        finally
        {
            Note(isStored: lease is not null);
        }
    }

    public abstract void Dispose();

    /// <summary>Step 4.</summary>
    /// <returns>Whether it is known now.</returns>
    protected abstract ValueTask<bool> IdentifyAsync(EntrySpace space, CancellationToken cancellationToken);

    /// <summary>Before step 6, behind the boundary.</summary>
    protected virtual void PrepareToPublish(OperationPulse pulse)
    {
    }

    /// <summary>What was reserved before the work was begun, for step 3 to take over.</summary>
    protected virtual SpaceReservation? TakeGiven() => null;

    /// <summary>Asked right before the entry gets its name, after flushes that may have taken long.</summary>
    protected virtual bool IsStillWanted => true;

    /// <summary>Step 7, also where there was no space for it.</summary>
    /// <returns>The lease, unless the entry must not stay.</returns>
    protected abstract ValueTask<EntryLease?> NoteAsync(EntryLease? lease);

    protected abstract ManifestContent Content();

    /// <summary>Whether an entry under the name is this one. Names are cut hashes, and an entry can be copied to another's name.</summary>
    protected abstract bool IsSame(Manifest there);

    /// <summary>Last, whatever became of it.</summary>
    protected virtual void End()
    {
    }

    /// <summary>Lets those go who wait for what the result is, where nobody will know it.</summary>
    protected abstract void TellUnknown();

    protected abstract void LogStored(Manifest manifest);

    protected abstract void LogChangedMeanwhile();

    protected abstract void LogDatedAhead();

    /// <summary>Says and notes that it cannot be stored as it is.</summary>
    protected abstract void Refuse(Reason why);

    protected abstract void RefuseAsTooLarge(long bytes);

    /// <summary>One operation of the storing, whose fault is the reason why the result is not stored.</summary>
    protected ValueTask<T?> AttemptAsync<T>(CacheBoundary boundary, string operation, Func<OperationPulse, T?> work, CancellationToken cancellationToken)
        where T : class => boundary.AttemptOrSayAsync(
            operation,
            why =>
            {
                WhyNotStored = why;
                return null;
            },
            pulse =>
            {
                try
                {
                    return work(pulse);
                }
                catch (WorkerChangedFileException)
                {
                    WhyNotStored = CacheReason.ChangedByWorker;
                    LogChangedMeanwhile();
                    return null;
                }
            },
            null,
            cancellationToken);

    /// <summary>Step 1, behind the boundary.</summary>
    protected StagedEntry? Stage(IEnumerable<(string Source, string Path)> files, OperationPulse pulse)
    {
        var staged = new StagedEntry(layer.Directory, layer.Transfer);
        try
        {
            foreach (var (source, path) in files)
            {
                if (staged.Files.Count > 0)
                {
                    pulse.Beat();
                }

                staged.Take(source, path);
            }

            if (staged.Length <= layer.Settings.Current.MaxSize)
            {
                return staged;
            }

            RefuseAsTooLarge(staged.Length);
        }
        catch
        {
            staged.Dispose();
            throw;
        }

        staged.Dispose();
        return null;
    }

    /// <summary>What step 2 found: nobody could tell whether the files change.</summary>
    protected void NoteDatedAhead()
    {
        WhyNotStored = CacheReason.DatedAhead;
        LogDatedAhead();
    }

    /// <summary>Step 5; what was reserved at once is enough.</summary>
    protected async ValueTask<bool> IsReservedAsync(EntrySpace space, CancellationToken cancellationToken)
    {
        var newcomer = EntrySpace.Newcomer(Name, layer.Kind, Length, Cost, JobId, layer.Time.GetUtcNow());
        var isReserved = await space.TryReserveAsync(newcomer, cancellationToken).ConfigureAwait(false);
        if (!isReserved && space.Refusal is { } refusal)
        {
            WhyNotStored = refusal;
        }

        return isReserved;
    }

    protected void Observe(CacheEventKind kind, long length, string? jobId) => layer.Events.Observe(layer.Event(kind, Name, length, Cost.TotalSeconds, jobId));

    private void Note(bool isStored)
    {
        var why = isStored ? default : WhyNotStored;
        if (!isStored && IsUnasked)
        {
            return;
        }

        if (!isStored && why.Code == CacheReason.None)
        {
            // It was not to be stored.
            layer.NotStored.Note(Key, why);
            return;
        }

        layer.NoteStoring(Key, why, new HistoryEvent(isStored ? HistoryEventKind.Stored : HistoryEventKind.Refused) { Entry = KnownName, Bytes = Length, Cost = Cost });
    }

    private async Task<bool> SaveAsync(Production production, CancellationToken stopping)
    {
        EntryLease? lease = null;
        try
        {
            lease = await StoreAsync(stopping).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
        catch (Exception exception)
        {
            layer.Boundary.Report("save", exception);
            return false;
        }
        finally
        {
            TellUnknown();
            await layer.ReleaseAsync(lease, production, this).ConfigureAwait(false); // 9
            End();
        }
    }

    private async Task<EntryLease?> StepAsync(CancellationToken cancellationToken)
    {
        var space = new EntrySpace(layer, keeper, Staged) { KeepsFree = KeepsFree, Given = TakeGiven() };
        await using var settling = space.ConfigureAwait(false); // 8, at the end
        await space.TryAtOnceAsync(cancellationToken).ConfigureAwait(false); // 3
        if (!await IdentifyAsync(space, cancellationToken).ConfigureAwait(false)) // 4
        {
            return null;
        }

        if (IsWanted)
        {
            layer.Events.MadeAgain(layer.Name, Name);
        }

        var lease = MayPublish && await IsReservedAsync(space, cancellationToken).ConfigureAwait(false) // 5
            ? await AttemptAsync(layer.Boundary, "publish", Publish, cancellationToken).ConfigureAwait(false) // 6
            : null;
        return await NoteAsync(lease).ConfigureAwait(false); // 7
    }

    /// <summary>Step 6, behind the boundary.</summary>
    protected EntryLease? Publish(OperationPulse pulse)
    {
        PrepareToPublish(pulse);
        Manifest manifest;
        try
        {
            manifest = Staged!.Finish(Content(), pulse);
        }
        catch (InvalidDataException tooLarge)
        {
            Refuse(new(CacheReason.Refused, tooLarge.Message));
            return null;
        }

        if (!IsStillWanted)
        {
            return null;
        }

        if (Replaces)
        {
            // Whoever was given up during a long flush must not take away what somebody has stored meanwhile.
            pulse.Beat();
            layer.Entries.Remove(Name, EntryRemoval.Trash, "replaced");
        }

        var lease = Staged.PublishAs(Name, layer.Entries, manifest, IsSame, pulse, out var why);
        if (lease is null)
        {
            WhyNotStored = why;
        }
        else if (Staged.StoredBytes > 0)
        {
            // Not where another worker was first, which has said so.
            LogStored(manifest);
            Observe(CacheEventKind.Published, manifest.TotalLength, null);
        }

        return lease;
    }
}
