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

    /// <summary>The work that is waited for now. Before the outbox is listed, for <see cref="SettleAllBut"/>: what is added later may not be on the list.</summary>
    public IReadOnlyCollection<string> Names => [.. _turns.Keys];

    /// <summary>Another process of the host has sent what this one owed: the others may look.</summary>
    /// <param name="names">What was waited for before the list was made.</param>
    /// <param name="owed">The list.</param>
    public void SettleAllBut(IReadOnlyCollection<string> names, IEnumerable<Intent> owed)
    {
        if (names.Count > 0)
        {
            foreach (var name in names.Except(owed.Select(static intent => intent.FileName)))
            {
                Settle(name);
            }
        }
    }

    /// <summary>Lets the others look. Nobody waits for it.</summary>
    public void Settle(Intent intent) => Settle(intent.FileName);

    private void Settle(string name)
    {
        if (_turns.TryRemove(name, out var turn))
        {
            turn.GiveBack();
        }
    }

    public void Dispose()
    {
        foreach (var turn in _turns.Values)
        {
            turn.GiveBack();
        }
    }
}
