using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using SmartCache.Layers;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Maintenance;

/// <summary>
/// Reads each entry's bytes once per <c>VerifyInterval</c>, slowly, from the disk and past the page cache, in one process at a time; goes on where the last one
/// stopped. It takes no lease while it reads, which would keep a hit from being a hard link and an entry from making room: what it suspects is
/// looked at again in full, under a lease, before it is quarantined.
/// </summary>
/// <param name="layer">What is verified.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Where the end of a round is told.</param>
/// <param name="paceOf">How fast so many bytes are read; by default as the settings say.</param>
internal sealed class BackgroundVerifier(EntryLayer layer, TimeProvider time, ILogger logger, Func<long, VerificationPace>? paceOf = null)
{
    private static readonly TimeSpan NoteInterval = TimeSpan.FromSeconds(30);

    public EntryLayer Layer => layer;

    /// <summary>How far the round under way is, or how the last one ended; <see langword="null"/> before the first.</summary>
    public ValueTask<VerificationState?> StateAsync(CancellationToken cancellationToken) =>
        layer.Boundary.AttemptAsync("read progress", null, _ => VerificationState.Read(layer.Directory), cancellationToken);

    /// <summary>Goes on with a round that is due, to its end.</summary>
    /// <returns>False where none is due, or another process is at it.</returns>
    public async ValueTask<bool> RunAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var state = await StateAsync(cancellationToken).ConfigureAwait(false);
        if (state?.IsDue(layer.Settings.Current.VerifyInterval, now) == false)
        {
            return false;
        }

        using var turn = await layer.Boundary.AttemptAsync("become verifier", null, _ => layer.Directory.TryLock("verifier", exclusive: true), cancellationToken).ConfigureAwait(false);
        if (turn is null)
        {
            return false;
        }

        // Another process may have ended the round between the look and the lock.
        state = await StateAsync(cancellationToken).ConfigureAwait(false);
        if (state?.IsDue(layer.Settings.Current.VerifyInterval, now) == false)
        {
            return false;
        }

        await VerifyAsync(state is { Ended: null } ? state : VerificationState.Beginning(now, state?.Ended), cancellationToken).ConfigureAwait(false);
        return true;
    }

    private async ValueTask VerifyAsync(VerificationState state, CancellationToken cancellationToken)
    {
        var entries = await layer.Boundary.AttemptAsync<List<StoredEntry>?>("scan", null, pulse => layer.Index.Read(time.GetUtcNow(), pulse), cancellationToken).ConfigureAwait(false);
        if (entries is null)
        {
            // Not an empty layer: the round goes on in a minute.
            return;
        }

        var bytes = entries.Sum(static entry => entry.Bytes);
        var pace = paceOf?.Invoke(bytes) ?? new VerificationPace(bytes, layer.Settings.Current.VerifyInterval, time);
        var noted = time.GetTimestamp();
        foreach (var name in entries.Select(static entry => entry.Name).Where(state.IsAhead).Order(StringComparer.Ordinal).ToList())
        {
            var (read, isSuspect) = await ReadAsync(name, pace, cancellationToken).ConfigureAwait(false);
            var again = isSuspect ? await new CacheVerifier(layer).VerifyOneAsync(name, cancellationToken).ConfigureAwait(false) : new VerifyReport { Entries = 1, Bytes = read };
            if (isSuspect && again is { Entries: 0, Quarantined: 0 }
                && !await layer.Boundary.AttemptAsync("verify", false, static _ => true, cancellationToken).ConfigureAwait(false))
            {
                // It is not this entry: the layer rests, is disabled or cannot be opened, and no other one would be read either. The round goes on here in a minute.
                await NoteAsync(state, cancellationToken).ConfigureAwait(false);
                return;
            }

            state = state with
            {
                Cursor = name,

                // One that is gone by now, or that the disk does not give, was not verified.
                Entries = state.Entries + Math.Max(again.Entries, again.Quarantined),
                Bytes = state.Bytes + read,
                Quarantined = state.Quarantined + again.Quarantined,
            };
            if (time.GetElapsedTime(noted) > NoteInterval)
            {
                noted = time.GetTimestamp();
                await NoteAsync(state, cancellationToken).ConfigureAwait(false);
            }
        }

        state = state with { Ended = time.GetUtcNow() };
        await NoteAsync(state, cancellationToken).ConfigureAwait(false);
        MaintenanceLog.Verified(logger, layer.Name, state.Entries, state.Bytes, state.Quarantined, (state.Ended.Value - state.Began).TotalSeconds);
    }

    private ValueTask<bool> NoteAsync(VerificationState state, CancellationToken cancellationToken) =>
        layer.Boundary.AttemptAsync(
            "note progress",
            false,
            _ =>
            {
                state.Write(layer.Directory);
                return true;
            },
            cancellationToken);

    private async ValueTask<(long Bytes, bool IsSuspect)> ReadAsync(string name, VerificationPace pace, CancellationToken cancellationToken)
    {
        var manifest = await layer.Boundary.AttemptAsync("read manifest", null, _ => ManifestOf(name), cancellationToken).ConfigureAwait(false);
        long bytes = 0;
        foreach (var file in manifest?.Content.Files ?? [])
        {
            using var reader = await layer.Boundary.AttemptAsync("open", null, _ => Open(Path.Combine(layer.Entries.PathOf(name), file.Path)), cancellationToken).ConfigureAwait(false);
            if (reader is null)
            {
                // Evicted meanwhile, or not readable: the look under a lease tells which.
                return (bytes, true);
            }

            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            while (await layer.Boundary.AttemptAsync("verify", -1, _ => Feed(reader, hash), cancellationToken).ConfigureAwait(false) is not 0 and var read)
            {
                if (read < 0)
                {
                    return (bytes, true);
                }

                bytes += read;
                await pace.AfterAsync(read, cancellationToken).ConfigureAwait(false);
            }

            if (Convert.ToHexStringLower(hash.GetHashAndReset()) != file.Sha256)
            {
                // The second look must not be told by memory what the disk no longer holds.
                await layer.Boundary.AttemptAsync("verify", false, _ => Drop(Path.Combine(layer.Entries.PathOf(name), file.Path)), cancellationToken).ConfigureAwait(false);
                return (bytes, true);
            }
        }

        return (bytes, manifest is null);
    }

    private UncachedReader? Open(string path) => layer.Files.Stat(path) is null ? null : layer.Files.OpenUncached(path);

    private bool Drop(string path)
    {
        layer.Files.DropFromPageCache(path);
        return true;
    }

    private static int Feed(UncachedReader reader, IncrementalHash hash)
    {
        var piece = reader.Read();
        hash.AppendData(piece);
        return piece.Length;
    }

    private Manifest? ManifestOf(string name)
    {
        try
        {
            return BoundedFile.Read(layer.Files, Path.Combine(layer.Entries.PathOf(name), Manifest.FileName), ManifestFormat.MaxBytes) is { } bytes ? ManifestFormat.Parse(bytes) : null;
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }
}
