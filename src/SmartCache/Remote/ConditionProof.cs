using System.Text;
using SmartCache.Storage;

namespace SmartCache.Remote;

/// <summary>
/// Whether the store keeps the conditions of a put, which leases rest on: engines exist that ignore them, or let two win. Tried once a day for a host, with objects of its
/// own; the answer lies in <c>remote/store</c>.
/// </summary>
internal sealed class ConditionProof(RemoteLink link)
{
    private const int Racers = 8;
    private const int MaxBytes = 4096;
    private const string Kept = "kept";
    private static readonly TimeSpan Age = TimeSpan.FromDays(1);

    private readonly Lock _gate = new();
    private Task<bool>? _proof;
    private long _since;

    private string Path { get; } = System.IO.Path.Combine(link.Layer.Directory.Root, "store");

    /// <summary>
    /// Whether the store keeps conditions. Before it is known there are no leases. It is waited for as long as for a lease: a store that answers slowly needs six answers, once
    /// a day, and one that does not answer ends the proof with its first.
    /// </summary>
    public async ValueTask<bool> HoldsAsync(CancellationToken cancellationToken)
    {
        Task<bool> proof;
        lock (_gate)
        {
            if (_proof is null || (_proof.IsCompleted && (link.Time.GetElapsedTime(_since) > Age || (!_proof.Result && link.Time.GetElapsedTime(_since) > link.Settings.RestTime))))
            {
                _proof = Task.Run(() => ProveAsync(CancellationToken.None));
                _since = link.Time.GetTimestamp();
            }

            proof = _proof;
        }

        if (!proof.IsCompleted)
        {
            await ((Task)proof).WaitAsync(link.Settings.LookupTimeout * 3, link.Time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
        }

        return proof.IsCompletedSuccessfully && proof.Result;
    }

    /// <summary>What is known for the host: empty where the store keeps conditions, else what it does not keep; <see langword="null"/> where nobody has found out within a day.</summary>
    public async ValueTask<string?> ReadAsync(CancellationToken cancellationToken) =>
        await KnownAsync(cancellationToken).ConfigureAwait(false) is { } known ? known == Kept ? "" : known : null;

    private async Task<bool> ProveAsync(CancellationToken stopping)
    {
        try
        {
            if (await KnownAsync(stopping).ConfigureAwait(false) is { } known)
            {
                return known == Kept;
            }

            var broken = await FirstBrokenAsync(stopping).ConfigureAwait(false);
            if (broken is { Length: > 0 })
            {
                RemoteLog.KeepsNoConditions(link.Layer.Logger, broken);
            }

            if (broken is not null)
            {
                await WriteAsync(broken.Length == 0 ? Kept : broken, stopping).ConfigureAwait(false);
            }

            return broken is { Length: 0 };
        }
        catch (Exception exception)
        {
            link.Layer.Boundary.Report("prove conditions", exception);
            return false;
        }
    }

    /// <summary>What does not hold; empty where all does, <see langword="null"/> where the store did not answer.</summary>
    private async Task<string?> FirstBrokenAsync(CancellationToken stopping)
    {
        var name = link.NameOf($"work/proof-{Guid.NewGuid():N}");
        try
        {
            return await FirstBrokenAsync(name, stopping).ConfigureAwait(false);
        }
        finally
        {
            await DeleteAsync(name, stopping).ConfigureAwait(false);
        }
    }

    private async Task<string?> FirstBrokenAsync(string name, CancellationToken stopping)
    {
        if (await PutAsync(name, "1", PutCondition.IfAbsent, stopping).ConfigureAwait(false) is not { IsStored: true, Tag: { } tag })
        {
            return null;
        }

        if (await PutAsync(name, "2", PutCondition.IfAbsent, stopping).ConfigureAwait(false) is not { } again)
        {
            return null;
        }

        if (again.IsStored)
        {
            return "a second put of a name that must be absent is stored";
        }

        if (await PutAsync(name, "3", PutCondition.IfTag(tag), stopping).ConfigureAwait(false) is not { } current)
        {
            return null;
        }

        if (!current.IsStored)
        {
            return "a put with the current tag is refused";
        }

        if (await PutAsync(name, "4", PutCondition.IfTag(tag), stopping).ConfigureAwait(false) is { IsStored: true })
        {
            return "a put with a stale tag is stored";
        }

        return await RaceAsync(stopping).ConfigureAwait(false);
    }

    private async Task<string?> RaceAsync(CancellationToken stopping)
    {
        var name = link.NameOf($"work/proof-{Guid.NewGuid():N}");
        var racers = await Task.WhenAll(Enumerable.Range(0, Racers).Select(one => PutAsync(name, $"racer {one}", PutCondition.IfAbsent, stopping).AsTask())).ConfigureAwait(false);
        var winners = racers.Count(static one => one is { IsStored: true });
        await DeleteAsync(name, stopping).ConfigureAwait(false);
        return winners == 1 ? "" : winners == 0 ? null : "several puts of one name that must be absent are stored";
    }

    private async ValueTask<ObjectPut?> PutAsync(string name, string content, PutCondition condition, CancellationToken stopping) => (await link.AskAsync<ObjectPut>(
        "put",
        link.Writes,
        link.Settings.LookupTimeout,
        async (store, token) => await store.PutAsync(name, new BytesBody(Encoding.ASCII.GetBytes(content)), condition, token).ConfigureAwait(false),
        stopping,
        mayLose: true).ConfigureAwait(false)).Value;

    private async ValueTask DeleteAsync(string name, CancellationToken stopping) => await link.AskAsync<string>(
        "delete",
        link.Writes,
        link.Settings.LookupTimeout,
        async (store, token) =>
        {
            await store.DeleteAsync(name, null, token).ConfigureAwait(false);
            return name;
        },
        stopping).ConfigureAwait(false);

    private ValueTask<string?> KnownAsync(CancellationToken stopping) => link.Layer.Boundary.AttemptAsync<string?>(
        "read what the store proved",
        null,
        _ => link.Layer.Files.Stat(Path) is { } facts
            && (link.Time.GetUtcNow() - facts.Modified).Duration() < Age
            && BoundedFile.Read(link.Layer.Files, Path, MaxBytes) is { Length: > 0 } bytes
                && Encoding.UTF8.GetString(bytes).Split('\n') is [var prefix, var said, ..] && prefix == link.Identity ? said : null,
        stopping);

    private ValueTask<bool> WriteAsync(string result, CancellationToken stopping) => link.Layer.Boundary.AttemptAsync(
        "note what the store proved",
        false,
        _ =>
        {
            StateFile.Replace(link.Layer.Directory, Path, Encoding.UTF8.GetBytes($"{link.Identity}\n{result}\n"), flush: false);
            return true;
        },
        stopping);
}
