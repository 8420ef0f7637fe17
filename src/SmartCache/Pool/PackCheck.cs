using System.Security.Cryptography;
using SmartCache.Remote;
using SmartCache.Storage;

namespace SmartCache.Pool;

/// <summary>Reads a pack to its end and checks every byte of it; nothing is written anywhere.</summary>
internal sealed class PackCheck(StoreDesk desk, RemoteLink link, Pace pace, Action<long> progress)
{
    /// <summary>Bytes read so far.</summary>
    public long Bytes { get; private set; }

    /// <summary>The tag of the object that was read last.</summary>
    public string? Tag { get; private set; }

    /// <returns>Whether it is whole; <see langword="null"/> where it is not there any more.</returns>
    /// <exception cref="WrongPackException">It is proven wrong.</exception>
    /// <exception cref="NewerFormatException">A newer version wrote it.</exception>
    /// <exception cref="ObjectStoreException">It could not be read.</exception>
    public Task<bool?> RunAsync(RemoteEntry entry, CancellationToken cancellationToken) => desk.AskAsync(
        "get",
        async (store, guard, token) =>
        {
            Tag = null;
            if (await store.GetAsync(link.NameOf(PackIdentity.ObjectOf(entry)), null, null, token).ConfigureAwait(false) is not { } read)
            {
                return (bool?)null;
            }

            await using var closing = read.ConfigureAwait(false);
            Tag = read.Entry.Tag;
            await CheckAsync(entry, read, guard, token).ConfigureAwait(false);
            return true;
        },
        cancellationToken);

    private async Task CheckAsync(RemoteEntry entry, ObjectRead read, StallGuard guard, CancellationToken token)
    {
        var length = read.Entry.Length;
        if (length < PackFormat.FixedLength)
        {
            throw new WrongPackException("it is shorter than any pack");
        }

        using var buffer = new TransferBuffer();
        using var start = new NativeBytes(PackFormat.FixedLength);
        await FillAsync(start).ConfigureAwait(false);
        using var json = new NativeBytes(PackFormat.HeaderLength(start.Span, length));
        await FillAsync(json).ConfigureAwait(false);
        var content = PackFormat.ReadHeader(start.Span, json.Span, length);
        if (!PackIdentity.Fits(entry.Kind, entry.Name, content))
        {
            throw new WrongPackException("it is not what its name says");
        }

        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in content.Files)
        {
            for (var left = file.Length; left > 0;)
            {
                var piece = await NextAsync(left).ConfigureAwait(false);
                sha.AppendData(piece.Span);
                left -= piece.Length;
            }

            if (Convert.ToHexStringLower(sha.GetHashAndReset()) != file.Sha256)
            {
                throw new WrongPackException("a file has another hash");
            }
        }

        async Task FillAsync(NativeBytes into)
        {
            for (var at = 0; at < into.Span.Length;)
            {
                var piece = await NextAsync(into.Span.Length - at).ConfigureAwait(false);
                piece.Span.CopyTo(into.Span[at..]);
                at += piece.Length;
            }
        }

        async Task<ReadOnlyMemory<byte>> NextAsync(long most)
        {
            var got = await buffer.ReadAsync(read.Body, most, token).ConfigureAwait(false);
            if (got == 0)
            {
                throw new ObjectStoreException(ObjectStoreFault.Protocol, "get: the answer ended early");
            }

            guard.Moved(link.Settings.StallTimeout);
            Bytes += got;
            link.Meter.Remote.Moved("in", got);
            progress(got);
            await pace.TakeAsync(got, guard, link.Settings.StallTimeout, token).ConfigureAwait(false);
            return buffer.Read(got);
        }
    }
}
