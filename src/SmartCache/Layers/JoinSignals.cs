using System.Collections.Concurrent;

namespace SmartCache.Layers;

/// <summary>Tells a production that nobody had asked for that a job of this process waits for it.</summary>
internal sealed class JoinSignals
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _expected = new();

    /// <summary>A job waits for the key.</summary>
    public void Join(string key)
    {
        if (_expected.TryGetValue(key, out var joined))
        {
            joined.TrySetResult();
        }
    }

    /// <summary>From here on <paramref name="joined"/> is told. Of one key there is one production at a time.</summary>
    public void Expect(string key, TaskCompletionSource joined) => _expected[key] = joined;

    /// <summary>It is over.</summary>
    public void Forget(string key) => _expected.TryRemove(key, out _);
}
