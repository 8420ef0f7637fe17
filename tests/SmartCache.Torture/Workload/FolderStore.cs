using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace SmartCache.Torture.Workload;

/// <summary>An object store in a directory: one file an object, which is there as a whole or not at all. It keeps conditions among the users of one process.</summary>
internal sealed class FolderStore(string root) : IObjectStore
{
    private readonly Lock _gate = new();

    public string Description => "folder";

    /// <summary>Nothing is answered.</summary>
    public bool IsDown { get; init; }

    public ValueTask<ObjectRead?> GetAsync(string name, ObjectRange? range, string? ifTag, CancellationToken cancellationToken = default)
    {
        if (Read(name) is not { } bytes || (ifTag is not null && ifTag != TagOf(bytes)))
        {
            return ValueTask.FromResult<ObjectRead?>(null);
        }

        var (offset, count) = range is { } asked ? (asked.Offset, Math.Min(asked.Count, bytes.Length - asked.Offset)) : (0, bytes.Length);
        return ValueTask.FromResult<ObjectRead?>(new ObjectRead(EntryOf(name, bytes), count, new MemoryStream(bytes, (int)offset, (int)count, writable: false)));
    }

    public ValueTask<ObjectEntry?> StatAsync(string name, CancellationToken cancellationToken = default) => ValueTask.FromResult(Read(name) is { } bytes ? EntryOf(name, bytes) : null);

    public async ValueTask<ObjectPut> PutAsync(string name, IObjectBody body, PutCondition condition, CancellationToken cancellationToken = default)
    {
        FailWhileDown();
        var bytes = new byte[body.Length];
        await using (var stream = body.Open(0, body.Length))
        {
            await stream.ReadExactlyAsync(bytes, cancellationToken);
        }

        lock (_gate)
        {
            var there = Read(name);
            if ((condition.IsAbsent && there is not null) || (condition.Tag is { } tag && (there is null || tag != TagOf(there))))
            {
                return ObjectPut.Refused;
            }

            Directory.CreateDirectory(root);
            var half = Path.Combine(root, $".{Guid.NewGuid():N}");
            File.WriteAllBytes(half, bytes);
            File.Move(half, PathOf(name), overwrite: true);
            return ObjectPut.Stored(TagOf(bytes));
        }
    }

    public ValueTask DeleteAsync(string name, string? ifTag, CancellationToken cancellationToken = default)
    {
        lock (_gate)
        {
            if (Read(name) is { } bytes && (ifTag is null || ifTag == TagOf(bytes)))
            {
                File.Delete(PathOf(name));
            }
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask<bool> TouchAsync(string name, CancellationToken cancellationToken = default) => ValueTask.FromResult(Read(name) is not null);

    public async IAsyncEnumerable<ObjectEntry> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        FailWhileDown();
        foreach (var name in NamesIn(root).Where(name => name.StartsWith(prefix, StringComparison.Ordinal)))
        {
            if (Read(name) is { } bytes)
            {
                yield return EntryOf(name, bytes);
            }
        }

        await Task.CompletedTask;
    }

    /// <summary>The objects in a directory.</summary>
    public static string[] NamesIn(string root) => Directory.Exists(root)
        ? [.. Directory.GetFiles(root).Select(static path => Path.GetFileName(path)).Where(static name => !name.StartsWith('.')).Select(Uri.UnescapeDataString).Order(StringComparer.Ordinal)]
        : [];

    public static byte[] Read(string root, string name) => File.ReadAllBytes(PathOf(root, name));

    private static string PathOf(string root, string name) => Path.Combine(root, Uri.EscapeDataString(name));

    private string PathOf(string name) => PathOf(root, name);

    private byte[]? Read(string name)
    {
        FailWhileDown();
        try
        {
            return File.ReadAllBytes(PathOf(name));
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    private void FailWhileDown()
    {
        if (IsDown)
        {
            throw new ObjectStoreException(ObjectStoreFault.Unavailable, "down");
        }
    }

    private static string TagOf(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes))[..32];

    private static ObjectEntry EntryOf(string name, byte[] bytes) => new() { Name = name, Length = bytes.Length, Tag = TagOf(bytes), Modified = DateTimeOffset.UtcNow };
}
