namespace SmartCache.Remote;

/// <summary>
/// Small objects that several hosts add to: read, merged, and put under the condition that nobody did so meanwhile. Where the store ignores conditions the last one wins,
/// so what is kept there must be of a kind whose loss costs work and nothing else.
/// </summary>
internal sealed class SharedNotes(RemoteLink link)
{
    /// <summary>A larger one is not written.</summary>
    public const int MaxBytes = 8 << 20;

    private const int Rounds = 3;

    /// <summary>Whether confirmations of uploads are looked for.</summary>
    public bool AreRead => IsUsable && link.Settings is { Confirmations: true, Reads: true, Mode: not RemoteMode.Observe };

    /// <summary>Whether confirmations of uploads are sent.</summary>
    public bool AreWritten => IsUsable && link.Settings is { Confirmations: true, Writes: true };

    /// <summary>What the store has; <see langword="null"/> where it has nothing or does not answer.</summary>
    /// <exception cref="OperationCanceledException">Only when <paramref name="cancellationToken"/> was cancelled.</exception>
    public async ValueTask<byte[]?> FindAsync(string name, CancellationToken cancellationToken)
    {
        if (link.Misses.Contains(name, link.Settings.MissAge))
        {
            return null;
        }

        var answer = await ReadAsync(name, link.Reads, isWaitedFor: true, cancellationToken).ConfigureAwait(false);
        if (answer.Result == RemoteResult.NotThere)
        {
            link.Misses.Note(name);
        }

        return answer.Value?.Bytes;
    }

    /// <summary>Adds to what the store has.</summary>
    /// <param name="name">The object.</param>
    /// <param name="merge">Gives what is to be there in place of what is; <see langword="null"/> where nothing is to be changed.</param>
    /// <param name="stopping">Ends it.</param>
    /// <returns>Whether the store has it.</returns>
    public async ValueTask<bool> MergeAsync(string name, Func<byte[]?, byte[]?> merge, CancellationToken stopping)
    {
        for (var round = 0; round < Rounds; round++)
        {
            var there = await ReadAsync(name, link.Writes, isWaitedFor: false, stopping).ConfigureAwait(false);
            if (there.Result is not (RemoteResult.Found or RemoteResult.NotThere))
            {
                return false;
            }

            if (merge(there.Value?.Bytes) is not { } merged)
            {
                return true;
            }

            var condition = there.Value is not { } now ? PutCondition.IfAbsent : now.Tag.Length > 0 ? PutCondition.IfTag(now.Tag) : PutCondition.None;
            var put = await PutAsync(name, merged, condition, stopping).ConfigureAwait(false);
            if (put.Value is { IsStored: true })
            {
                link.Misses.Forget(name);
                return true;
            }
        }

        return false;
    }

    private bool IsUsable => link.IsUsable && link.Layer.Boundary.Unavailable is null;

    // Of a long upload it is megabytes: on a slow line that takes a while, and says nothing of the store.
    private async ValueTask<RemoteAnswer<SmallObject>> ReadAsync(string name, Breaker breaker, bool isWaitedFor, CancellationToken cancellationToken)
    {
        if (await link.RestsAsync(breaker, cancellationToken).ConfigureAwait(false))
        {
            return new(RemoteResult.Resting, null);
        }

        var began = link.Time.GetTimestamp();
        using var guard = new StallGuard(link.Settings.LookupTimeout, link.Time, cancellationToken);
        return await link.AskAsync(
            "get", breaker, guard, (store, token) => SmallObject.ReadAsync(store, link.NameOf(name), MaxBytes, token, GoesOn), cancellationToken).ConfigureAwait(false);

        bool GoesOn(long length)
        {
            guard.Moved(isWaitedFor ? link.Settings.LookupTimeout : link.Settings.StallTimeout);
            return !isWaitedFor || link.Time.GetElapsedTime(began) <= link.PatienceOfJobs(length);
        }
    }

    private async ValueTask<RemoteAnswer<ObjectPut>> PutAsync(string name, byte[] merged, PutCondition condition, CancellationToken stopping)
    {
        if (await link.RestsAsync(link.Writes, stopping).ConfigureAwait(false))
        {
            return new(RemoteResult.Resting, null);
        }

        using var guard = new StallGuard(link.PatienceWith(merged.Length), link.Time, stopping);
        var body = new PackBody(merged, [], link.Layer.Files)
        {
            Pace = (_, _) =>
            {
                guard.Moved(link.PatienceWith(merged.Length));
                return ValueTask.CompletedTask;
            },
        };
        return await link.AskAsync<ObjectPut>(
            "put", link.Writes, guard, async (store, token) => await store.PutAsync(link.NameOf(name), body, condition, token).ConfigureAwait(false), stopping, mayLose: true).ConfigureAwait(false);
    }
}
