using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.CompilerServices;
using SmartCache.Remote;

namespace SmartCache.Pool;

/// <summary>A store in memory whose objects somebody else may replace. It remembers no request, so that its memory stays what it is.</summary>
internal sealed class LyingStore : IObjectStore
{
    private readonly ConcurrentDictionary<string, Stored> _objects = new(StringComparer.Ordinal);
    private long _serial;
    private long _deleted;

    public string Description => "memory";

    /// <summary>Objects that the tier has deleted.</summary>
    public long Deleted => Interlocked.Read(ref _deleted);

    public IEnumerable<string> Names => _objects.Keys;

    public byte[] this[string name]
    {
        get
        {
            var body = _objects[name].Body;
            var bytes = new byte[body.Length];
            using var stream = body.Open(0, body.Length);
            stream.ReadExactly(bytes);
            return bytes;
        }
    }

    /// <summary>Gives an object another body.</summary>
    public Stored Replace(string name, IObjectBody body) =>
        _objects[name] = new Stored(body, Interlocked.Increment(ref _serial).ToString(CultureInfo.InvariantCulture));

    public ValueTask<ObjectRead?> GetAsync(string name, ObjectRange? range, string? ifTag, CancellationToken cancellationToken = default)
    {
        if (!_objects.TryGetValue(name, out var stored) || (ifTag is not null && ifTag != stored.Tag))
        {
            return new((ObjectRead?)null);
        }

        stored.NoteRead();
        var (offset, count) = range is { } asked ? (asked.Offset, Math.Min(asked.Count, stored.Body.Length - asked.Offset)) : (0, stored.Body.Length);
        return new(new ObjectRead(EntryOf(name, stored), count, stored.Body.Open(offset, count)));
    }

    public ValueTask<ObjectEntry?> StatAsync(string name, CancellationToken cancellationToken = default) =>
        new(_objects.TryGetValue(name, out var stored) ? EntryOf(name, stored) : null);

    public async ValueTask<ObjectPut> PutAsync(string name, IObjectBody body, PutCondition condition, CancellationToken cancellationToken = default)
    {
        var bytes = new byte[body.Length];
        await using (var stream = body.Open(0, body.Length))
        {
            await stream.ReadExactlyAsync(bytes, cancellationToken);
        }

        return ObjectPut.Stored(Replace(name, new BytesBody(bytes)).Tag);
    }

    public ValueTask DeleteAsync(string name, string? ifTag, CancellationToken cancellationToken = default)
    {
        if (_objects.TryGetValue(name, out var stored) && (ifTag is null || ifTag == stored.Tag) && _objects.TryRemove(KeyValuePair.Create(name, stored)))
        {
            Interlocked.Increment(ref _deleted);
        }

        return default;
    }

    public ValueTask<bool> TouchAsync(string name, CancellationToken cancellationToken = default) => new(_objects.ContainsKey(name));

    public async IAsyncEnumerable<ObjectEntry> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await Task.CompletedTask;
        foreach (var (name, stored) in _objects.Where(one => one.Key.StartsWith(prefix, StringComparison.Ordinal)).OrderBy(static one => one.Key, StringComparer.Ordinal))
        {
            yield return EntryOf(name, stored);
        }
    }

    private static ObjectEntry EntryOf(string name, Stored stored) => new() { Name = name, Length = stored.Body.Length, Tag = stored.Tag, Modified = DateTimeOffset.UtcNow };

    /// <summary>One object.</summary>
    internal sealed class Stored(IObjectBody body, string tag)
    {
        private int _reads;

        public IObjectBody Body => body;

        public string Tag => tag;

        /// <summary>Whether anybody has asked for it.</summary>
        public bool IsRead => Volatile.Read(ref _reads) > 0;

        public void NoteRead() => Interlocked.Increment(ref _reads);
    }
}
