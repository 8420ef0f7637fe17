using SmartCache.Storage;

namespace SmartCache.Remote;

/// <summary>Deletes a source in the store with what was made of it: nobody is to be given what a worker rejected.</summary>
internal sealed class RemoteRemoval(RemoteLink link)
{
    private const int Most = 100_000;

    /// <returns>Whether all of it is gone.</returns>
    public async ValueTask<bool> RunAsync(Intent intent, CancellationToken stopping)
    {
        // Keys first: whoever finds the key of a source that is gone has asked in vain, and no more.
        foreach (var keyName in intent.Keys?.Keys ?? [])
        {
            link.Keys.Forget(keyName);
            if (OwnNames.IsHash(keyName) && !await DeleteAsync(RemoteKeys.ObjectOf(keyName), stopping).ConfigureAwait(false))
            {
                return false;
            }
        }

        if (!await DeleteAsync(intent.Object, stopping).ConfigureAwait(false))
        {
            return false;
        }

        return intent.Layer != "sources" || await DeleteProfilesAsync(intent.Name, stopping).ConfigureAwait(false);
    }

    private async ValueTask<bool> DeleteProfilesAsync(string source, CancellationToken stopping)
    {
        var prefix = link.NameOf($"profiles/{source}_");
        using var guard = new StallGuard(link.Settings.StallTimeout, link.Time, stopping);
        var found = await link.AskAsync<List<string>>(
            "list",
            link.Writes,
            guard,
            async (store, token) =>
            {
                var names = new List<string>();
                await foreach (var entry in store.ListAsync(prefix, token).ConfigureAwait(false))
                {
                    guard.Moved(link.Settings.StallTimeout);
                    if (names.Count < Most && entry.Name.StartsWith(prefix, StringComparison.Ordinal))
                    {
                        names.Add(entry.Name[link.NameOf("").Length..]);
                    }
                }

                return names;
            },
            stopping).ConfigureAwait(false);
        if (found.Value is not { } profiles)
        {
            return false;
        }

        foreach (var profile in profiles)
        {
            if (!await DeleteAsync(profile, stopping).ConfigureAwait(false))
            {
                return false;
            }
        }

        return true;
    }

    private async ValueTask<bool> DeleteAsync(string name, CancellationToken stopping)
    {
        link.There.Forget(name);
        var answer = await link.AskAsync<string>(
            "delete",
            link.Writes,
            link.Settings.StallTimeout,
            async (store, token) =>
            {
                await store.DeleteAsync(link.NameOf(name), null, token).ConfigureAwait(false);
                return name;
            },
            stopping).ConfigureAwait(false);
        return answer.Result == RemoteResult.Found;
    }
}
