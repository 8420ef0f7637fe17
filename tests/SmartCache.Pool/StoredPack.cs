using System.Security.Cryptography;
using SmartCache.Remote;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Pool;

/// <summary>An entry of random bytes, which can be sent as a pack and fetched again.</summary>
internal sealed class StoredPack : IDisposable
{
    private const string Below = "sources/figures";
    private const int Chunk = 4 << 20;

    private readonly IObjectStore _store;
    private readonly TierLink _link;
    private readonly List<PackedFile> _files;

    private StoredPack(PoolPlace place, ManifestContent content, List<PackedFile> files)
    {
        _store = place.Store();
        _link = new TierLink(_store, place.Fresh("link"));
        _files = files;
        Body = new PackBody(PackFormat.WriteHead(content), files, FileSystem.Current);
    }

    public PackBody Body { get; }

    public long Length => Body.Length;

    /// <summary>The object's name, also of one that was put by <see cref="PutAsync"/>.</summary>
    public string Name => _link.Value.NameOf(Below);

    /// <summary>Writes the entry's files.</summary>
    public static async Task<StoredPack> MakeAsync(PoolPlace place, int files, long size)
    {
        var directory = place.Fresh("entry");
        var packed = new List<PackedFile>();
        for (var i = 0; i < files; i++)
        {
            var path = Path.Combine(directory, $"{i:D4}.ts");
            var file = new ManifestFile(Path.GetFileName(path), size, await WriteAsync(path, size));
            var handle = FileSystem.Current.OpenRead(path);
            packed.Add(new PackedFile(file, path, FileSystem.Current.Stat(handle), handle));
        }

        // Work that takes an hour: nothing is too slow.
        var content = new ManifestContent
        {
            Created = DateTimeOffset.UtcNow, Files = [.. packed.Select(static one => one.File)], Key = new Dictionary<string, string>(), Properties = new Dictionary<string, string>(), CostSeconds = 3600,
        };
        return new StoredPack(place, content, packed);
    }

    public async Task PutAsync() => await _store.PutAsync(Name, Body, PutCondition.None);

    /// <summary>As the tier fetches it, every byte checked.</summary>
    /// <param name="to">The directory.</param>
    /// <param name="over">Another way to the store.</param>
    public async Task<RemoteResult> FetchAsync(string to, TierLink? over = null)
    {
        var request = new PackRequest(Below, "fetch", header => [.. header.Files.Select(file => Path.Combine(to, file.Path))]);
        return (await new PackTransfer((over ?? _link).Value, FileSystem.Current, new Pace(static () => 0, TimeProvider.System), request, null).RunAsync(CancellationToken.None)).Result;
    }

    /// <summary>The same where it must be there.</summary>
    public async Task FetchWholeAsync(string to, TierLink? over = null)
    {
        if (await FetchAsync(to, over) is not RemoteResult.Found and var result)
        {
            throw new InvalidOperationException($"The pack was not fetched: {result}.");
        }
    }

    public void Dispose()
    {
        _link.Dispose();
        foreach (var file in _files)
        {
            file.Handle?.Dispose();
        }
    }

    private static async Task<string> WriteAsync(string path, long size)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using var file = File.Create(path, 0);
        var buffer = new byte[Math.Min(Chunk, size)];
        for (var left = size; left > 0;)
        {
            var part = buffer.AsMemory(0, (int)Math.Min(buffer.Length, left));
            RandomNumberGenerator.Fill(part.Span);
            sha.AppendData(part.Span);
            await file.WriteAsync(part);
            left -= part.Length;
        }

        return Convert.ToHexStringLower(sha.GetHashAndReset());
    }
}
