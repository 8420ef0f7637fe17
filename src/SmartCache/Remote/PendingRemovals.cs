using System.Collections.Concurrent;

namespace SmartCache.Remote;

/// <summary>Which sources are to be deleted in the store and may be there still: nobody here is given one, nor what was made of it.</summary>
internal sealed class PendingRemovals(Outbox outbox)
{
    // From the moment on at which a worker said so; the file is written a little later.
    private readonly ConcurrentDictionary<string, int> _beginning = new(StringComparer.Ordinal);

    public void Begin(string source) => _beginning.AddOrUpdate(source, 1, static (_, count) => count + 1);

    /// <summary>It is on the disk, where the other processes of the host see it too.</summary>
    public void End(string source)
    {
        while (_beginning.TryGetValue(source, out var count) && !(count > 1 ? _beginning.TryUpdate(source, count - 1, count) : _beginning.TryRemove(new(source, count))))
        {
        }
    }

    /// <summary>Whether a source, or a profile of one, is not to be given out. One look at the disk.</summary>
    /// <param name="object">The object, below the prefix and the version.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async ValueTask<bool> ContainsAsync(string @object, CancellationToken cancellationToken)
    {
        var source = SourceOf(@object);
        return _beginning.ContainsKey(source)
            || await outbox.Layer.Boundary.AttemptAsync("look for removals", false, _ => outbox.IsToBeRemoved(source), cancellationToken).ConfigureAwait(false);
    }

    private static string SourceOf(string @object) => @object[(@object.IndexOf('/', StringComparison.Ordinal) + 1)..].Split('_')[0];
}
