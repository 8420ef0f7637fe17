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
    public bool AreRead => link.IsUsable && link.Settings is { Confirmations: true, Reads: true, Mode: not RemoteMode.Observe };

    /// <summary>Whether confirmations of uploads are sent.</summary>
    public bool AreWritten => link.IsUsable && link.Settings is { Confirmations: true, Writes: true };

    /// <summary>What the store has; <see langword="null"/> where it has nothing or does not answer.</summary>
    /// <exception cref="OperationCanceledException">Only when <paramref name="cancellationToken"/> was cancelled.</exception>
    public async ValueTask<byte[]?> FindAsync(string name, CancellationToken cancellationToken)
    {
        if (link.Misses.Contains(name, link.Settings.MissAge))
        {
            return null;
        }

        var answer = await ReadAsync(name, link.Reads, cancellationToken).ConfigureAwait(false);
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
            var there = await ReadAsync(name, link.Writes, stopping).ConfigureAwait(false);
            if (there.Result is not (RemoteResult.Found or RemoteResult.NotThere))
            {
                return false;
            }

            if (merge(there.Value?.Bytes) is not { } merged)
            {
                return true;
            }

            var condition = there.Value is { } now ? PutCondition.IfTag(now.Tag) : PutCondition.IfAbsent;
            var put = await link.AskAsync<ObjectPut>(
                "put",
                link.Writes,
                link.Settings.LookupTimeout,
                async (store, token) => await store.PutAsync(link.NameOf(name), new BytesBody(merged), condition, token).ConfigureAwait(false),
                stopping,
                mayLose: true).ConfigureAwait(false);
            if (put.Value is { IsStored: true })
            {
                link.Misses.Forget(name);
                return true;
            }
        }

        return false;
    }

    private ValueTask<RemoteAnswer<SmallObject>> ReadAsync(string name, Breaker breaker, CancellationToken cancellationToken) => link.AskAsync(
        "get", breaker, link.Settings.LookupTimeout, (store, token) => SmallObject.ReadAsync(store, link.NameOf(name), MaxBytes, token), cancellationToken);
}
