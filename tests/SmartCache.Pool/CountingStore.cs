using System.Collections.Concurrent;

namespace SmartCache.Pool;

/// <summary>Counts what the store is asked.</summary>
internal sealed class CountingStore(IObjectStore inner) : IObjectStore
{
    private readonly ConcurrentDictionary<string, int> _counts = new();

    public string Description => inner.Description;

    public string Counts => _counts.IsEmpty ? "none" : string.Join(", ", _counts.OrderBy(static one => one.Key, StringComparer.Ordinal).Select(static one => $"{one.Value} {one.Key}"));

    public int this[string what] => _counts.GetValueOrDefault(what);

    public int All => _counts.Values.Sum();

    public void Reset() => _counts.Clear();

    public ValueTask<ObjectRead?> GetAsync(string name, ObjectRange? range, string? ifTag, CancellationToken cancellationToken = default)
    {
        Count(ifTag is null ? "GET" : "range");
        return inner.GetAsync(name, range, ifTag, cancellationToken);
    }

    public ValueTask<ObjectEntry?> StatAsync(string name, CancellationToken cancellationToken = default)
    {
        Count("HEAD");
        return inner.StatAsync(name, cancellationToken);
    }

    public ValueTask<ObjectPut> PutAsync(string name, IObjectBody body, PutCondition condition, CancellationToken cancellationToken = default)
    {
        Count("PUT");
        return inner.PutAsync(name, body, condition, cancellationToken);
    }

    public ValueTask DeleteAsync(string name, string? ifTag, CancellationToken cancellationToken = default)
    {
        Count("DELETE");
        return inner.DeleteAsync(name, ifTag, cancellationToken);
    }

    public ValueTask<bool> TouchAsync(string name, CancellationToken cancellationToken = default)
    {
        Count("touch");
        return inner.TouchAsync(name, cancellationToken);
    }

    public IAsyncEnumerable<ObjectEntry> ListAsync(string prefix, CancellationToken cancellationToken = default)
    {
        Count("LIST");
        return inner.ListAsync(prefix, cancellationToken);
    }

    private void Count(string what) => _counts.AddOrUpdate(what, 1, static (_, count) => count + 1);
}
