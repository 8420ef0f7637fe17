using System.Collections.Concurrent;

namespace SmartCache.Remote;

/// <summary>Work that other hosts wait for until its result is in the store, or has failed to get there.</summary>
internal sealed class OwedWork : IDisposable
{
    private readonly ConcurrentDictionary<string, WorkTurn> _turns = new(StringComparer.Ordinal);

    public void Add(Intent intent, WorkTurn turn)
    {
        // The same entry once more: the later one ends for both.
        Settle(intent);
        _turns[intent.FileName] = turn;
    }

    /// <summary>Lets the others look. Nobody waits for it.</summary>
    public void Settle(Intent intent)
    {
        if (_turns.TryRemove(intent.FileName, out var turn))
        {
            _ = Task.Run(async () => await turn.DisposeAsync().ConfigureAwait(false));
        }
    }

    public void Dispose()
    {
        foreach (var turn in _turns.Values)
        {
            _ = Task.Run(async () => await turn.DisposeAsync().ConfigureAwait(false));
        }
    }
}
