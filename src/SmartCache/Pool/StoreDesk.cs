using SmartCache.Layers;
using SmartCache.Remote;
using SmartCache.Storage;

namespace SmartCache.Pool;

/// <summary>
/// Questions of an operator to the store. Not by <see cref="RemoteLink"/>: who may not list, say, must not let the store rest for the jobs of the host, and wants to know
/// what the store answers while it rests.
/// </summary>
internal sealed class StoreDesk(Func<IObjectStore>? make, RemoteLink link)
{
    /// <summary>The store.</summary>
    /// <exception cref="ObjectStoreException">There is none, or its settings can never work.</exception>
    public IObjectStore Store => make is null
        ? throw new ObjectStoreException(ObjectStoreFault.Misconfigured, "No object store is registered. Add one, such as UseS3Remote() of the package SmartCache.S3.")
        : make();

    public bool HasStore => make is not null;

    /// <exception cref="ObjectStoreException">The mode does not allow to write.</exception>
    public void RequireWrites()
    {
        _ = Store;
        if (!link.Settings.Writes || !link.Layer.Settings.Current.Enabled)
        {
            throw new ObjectStoreException(ObjectStoreFault.Misconfigured, $"Cache:Remote:Mode is {link.Settings.Mode}: nothing is written to the store.");
        }
    }

    /// <summary>One question. It is given up when nothing moves for <c>StallTimeout</c>.</summary>
    /// <exception cref="ObjectStoreException">It has no answer.</exception>
    /// <exception cref="OperationCanceledException">Only when <paramref name="cancellationToken"/> was cancelled.</exception>
    public async Task<T> AskAsync<T>(string operation, Func<IObjectStore, StallGuard, CancellationToken, Task<T>> ask, CancellationToken cancellationToken)
    {
        var (began, isAnswered) = (link.Time.GetTimestamp(), false);
        using var guard = new StallGuard(link.Settings.StallTimeout, link.Time, cancellationToken);
        try
        {
            var store = Store;
            var asked = Task.Run(() => ask(store, guard, guard.Token), CancellationToken.None);

            // One that does not come back is left behind; reading its exception marks that as observed.
            _ = asked.ContinueWith(static late => late.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            var answer = await asked.WaitAsync(guard.Token).ConfigureAwait(false);
            isAnswered = true;
            return answer;
        }
        catch (Exception exception) when (exception is not (ObjectStoreException or WrongPackException or NewerFormatException) && !cancellationToken.IsCancellationRequested)
        {
            throw new ObjectStoreException(
                guard.HasStalled ? ObjectStoreFault.Unavailable : ObjectStoreFault.Protocol,
                guard.HasStalled ? $"{operation}: nothing moved for StallTimeout" : $"{operation}: {exception.GetType().Name}",
                exception);
        }
        finally
        {
            link.Meter.Remote.Request(operation, isAnswered ? nameof(RemoteResult.Found) : nameof(RemoteResult.Failed), link.Time.GetElapsedTime(began));
        }
    }

    /// <summary>All entries of one kind.</summary>
    public Task<List<RemoteEntry>> ListAsync(EntryKind kind, CancellationToken cancellationToken) => AskAsync(
        "list",
        async (store, guard, token) =>
        {
            var prefix = link.NameOf(EntryLayer.NameOf(kind) + "/");
            var found = new List<RemoteEntry>();
            await foreach (var entry in store.ListAsync(prefix, token).ConfigureAwait(false))
            {
                guard.Moved(link.Settings.StallTimeout);
                if (entry.Name.StartsWith(prefix, StringComparison.Ordinal) && PackIdentity.CanBe(kind, entry.Name[prefix.Length..]))
                {
                    found.Add(new RemoteEntry { Kind = kind, Name = entry.Name[prefix.Length..], Bytes = entry.Length, Modified = entry.Modified });
                }
            }

            return found;
        },
        cancellationToken);

    /// <summary>All entries.</summary>
    public async Task<List<RemoteEntry>> ListAsync(CancellationToken cancellationToken) =>
    [
        .. await ListAsync(EntryKind.Source, cancellationToken).ConfigureAwait(false),
        .. await ListAsync(EntryKind.Profile, cancellationToken).ConfigureAwait(false),
    ];
}
