using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace SmartCache.Tests.Remote;

/// <summary>An object store in memory: an honest one, or one with the faults that real ones have.</summary>
internal sealed class MemoryObjectStore : IObjectStore
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, Stored> _objects = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _requests = new();
    private readonly ConcurrentDictionary<string, int> _hiddenGets = new(StringComparer.Ordinal);
    private long _serial;

    public string Description => "memory";

    /// <summary>Conditions are ignored: every put is stored.</summary>
    public bool IgnoresConditions { get; set; }

    /// <summary>A condition that does not hold is an error of the server, as of some that meet in a race.</summary>
    public bool FailsLostRaces { get; set; }

    /// <summary>What is read has no tag.</summary>
    public bool HidesTags { get; set; }

    /// <summary>Gets that do not see an object after it was stored.</summary>
    public int HiddenGets { get; set; }

    /// <summary>Puts and deletes never come back; reads do.</summary>
    public bool IsFull { get; set; }

    /// <summary>Nothing comes back, and the token is not looked at either.</summary>
    public TaskCompletionSource? Hangs { get; set; }

    /// <summary>What every request throws.</summary>
    public Func<Exception>? Throws { get; set; }

    /// <summary>Makes the stream of an answer worse.</summary>
    public Func<string, Stream, Stream>? Spoils { get; set; }

    /// <summary>Runs before each request, with its operation and object.</summary>
    public Func<string, string, Task>? Before { get; set; }

    /// <summary>Runs when all bytes of a put have come, before it is stored.</summary>
    public Func<string, Task>? Received { get; set; }

    /// <summary>Runs when a put is stored, before it is answered.</summary>
    public Func<string, Task>? IsStored { get; set; }

    /// <summary>All requests so far, as <c>op name</c>.</summary>
    public IReadOnlyList<string> Requests => [.. _requests];

    public IReadOnlyList<string> Names
    {
        get
        {
            lock (_gate)
            {
                return [.. _objects.Keys];
            }
        }
    }

    public int Count(string operation) => _requests.Count(one => one.StartsWith(operation + " ", StringComparison.Ordinal));

    public byte[] this[string name]
    {
        get
        {
            lock (_gate)
            {
                return _objects[name].Bytes;
            }
        }

        set
        {
            lock (_gate)
            {
                _objects[name] = new Stored(value, NextTag(value), DateTimeOffset.UtcNow);
            }
        }
    }

    /// <summary>Makes an object older.</summary>
    public void Age(string name, TimeSpan by)
    {
        lock (_gate)
        {
            _objects[name] = _objects[name] with { Modified = _objects[name].Modified - by };
        }
    }

    public DateTimeOffset ModifiedOf(string name)
    {
        lock (_gate)
        {
            return _objects[name].Modified;
        }
    }

    public async ValueTask<ObjectRead?> GetAsync(string name, ObjectRange? range, string? ifTag, CancellationToken cancellationToken = default)
    {
        await ComeAsync("get", name);
        if (Find(name) is not { } stored || (ifTag is not null && ifTag != stored.Tag))
        {
            return null;
        }

        var (offset, count) = range is { } asked ? (asked.Offset, Math.Min(asked.Count, stored.Bytes.Length - asked.Offset)) : (0, stored.Bytes.Length);
        Stream body = new MemoryStream(stored.Bytes, (int)offset, (int)count, writable: false);
        return new ObjectRead(EntryOf(name, stored), count, Spoils?.Invoke(name, body) ?? body);
    }

    public async ValueTask<ObjectEntry?> StatAsync(string name, CancellationToken cancellationToken = default)
    {
        await ComeAsync("stat", name);
        return Find(name) is { } stored ? EntryOf(name, stored) : null;
    }

    public async ValueTask<ObjectPut> PutAsync(string name, IObjectBody body, PutCondition condition, CancellationToken cancellationToken = default)
    {
        await ComeAsync("put", name);
        await HangIfFullAsync(cancellationToken);
        var bytes = new byte[body.Length];
        await using (var stream = body.Open(0, body.Length))
        {
            await stream.ReadExactlyAsync(bytes, cancellationToken);
        }

        if (Received is { } received)
        {
            await received(name);
        }

        var put = Store(name, bytes, condition);
        if (put.IsStored && IsStored is { } stored)
        {
            await stored(name);
        }

        return put;
    }

    private ObjectPut Store(string name, byte[] bytes, PutCondition condition)
    {
        lock (_gate)
        {
            var there = _objects.GetValueOrDefault(name);
            if (!IgnoresConditions && ((condition.IsAbsent && there is not null) || (condition.Tag is { } tag && tag != there?.Tag)))
            {
                return FailsLostRaces ? throw new ObjectStoreException(ObjectStoreFault.Unavailable, "500") : ObjectPut.Refused;
            }

            var made = new Stored(bytes, NextTag(bytes), DateTimeOffset.UtcNow);
            _objects[name] = made;
            _hiddenGets[name] = HiddenGets;
            return ObjectPut.Stored(made.Tag);
        }
    }

    public async ValueTask DeleteAsync(string name, string? ifTag, CancellationToken cancellationToken = default)
    {
        await ComeAsync("delete", name);
        await HangIfFullAsync(cancellationToken);
        lock (_gate)
        {
            if (ifTag is null || _objects.GetValueOrDefault(name)?.Tag == ifTag)
            {
                _objects.Remove(name);
            }
        }
    }

    public async ValueTask<bool> TouchAsync(string name, CancellationToken cancellationToken = default)
    {
        await ComeAsync("touch", name);
        lock (_gate)
        {
            if (_objects.GetValueOrDefault(name) is not { } stored)
            {
                return false;
            }

            _objects[name] = stored with { Modified = DateTimeOffset.UtcNow };
            return true;
        }
    }

    public async IAsyncEnumerable<ObjectEntry> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await ComeAsync("list", prefix);
        foreach (var name in Names.Where(name => name.StartsWith(prefix, StringComparison.Ordinal)))
        {
            if (Find(name) is { } stored)
            {
                yield return EntryOf(name, stored);
            }
        }
    }

    private async Task ComeAsync(string operation, string name)
    {
        _requests.Enqueue($"{operation} {name}");
        if (Before is { } before)
        {
            await before(operation, name);
        }

        if (Hangs is { } hangs)
        {
            await hangs.Task;
        }

        if (Throws is { } throws)
        {
            throw throws();
        }
    }

    private Task HangIfFullAsync(CancellationToken cancellationToken) => IsFull ? Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken) : Task.CompletedTask;

    private Stored? Find(string name)
    {
        lock (_gate)
        {
            if (_hiddenGets.GetValueOrDefault(name) is > 0 and var hidden)
            {
                _hiddenGets[name] = hidden - 1;
                return null;
            }

            return _objects.GetValueOrDefault(name);
        }
    }

    // Equal bytes have equal tags.
    private string NextTag(byte[] bytes)
    {
        Interlocked.Increment(ref _serial);
        return Convert.ToHexStringLower(SHA256.HashData(bytes))[..32];
    }

    private ObjectEntry EntryOf(string name, Stored stored) => new() { Name = name, Length = stored.Bytes.Length, Tag = HidesTags ? "" : stored.Tag, Modified = stored.Modified };

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{_objects.Count} objects");

    private sealed record Stored(byte[] Bytes, string Tag, DateTimeOffset Modified);
}
