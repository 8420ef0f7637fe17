using System.Buffers;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using SmartCache.Storage.Platform;

namespace SmartCache.Storage;

/// <summary>
/// SHA-256 of files, computed once: hashes are remembered by what the file system says about the file (device, inode, length, modification time).
/// What was read while the time was too young to be a witness (<see cref="SettledTime"/>) is not remembered.
/// </summary>
/// <param name="files">The file system.</param>
/// <param name="heldBack">Is told, once, that a file has to be waited for because its time is a whole second.</param>
internal sealed class ContentHasher(FileSystem files, Action? heldBack = null)
{
    private const int BufferSize = 1 << 20;

    // Fits into the first cache of a core, which is 32 KiB on many, together with what hashing needs.
    private const int Slice = 24 << 10;
    private const int MaxRemembered = 65_536;

    private readonly KnownFiles<string> _known = new(MaxRemembered);
    private int _told;

    /// <summary>The hash of a file with these facts, if it was computed before.</summary>
    public string? Recall(in FileFacts facts) => _known.Recall(facts);

    /// <summary>Remembers a hash that is known to belong to a file with these facts, looked at before it was read.</summary>
    public void Remember(in FileFacts facts, string sha256)
    {
        // A hit names the same files again and again: finding is cheaper than replacing.
        if (Recall(facts) != sha256)
        {
            _known.Remember(facts, sha256);
        }
    }

    /// <summary>Waits until the time of a file that was just written is a witness; false where it lies in the future.</summary>
    public ValueTask<bool> SettleAsync(in FileFacts facts, CancellationToken cancellationToken)
    {
        if (facts.IsSettled)
        {
            return ValueTask.FromResult(true);
        }

        TellOnce(facts);
        return SettledTime.WaitAsync(facts.ModifiedNanoseconds, cancellationToken);
    }

    /// <summary>Hashes a file, or recalls its hash; <see langword="null"/> where it changed while it was read.</summary>
    /// <param name="path">The file; one that was just written is waited for, until a write to it shows.</param>
    /// <param name="pulse">Beaten while it is read.</param>
    /// <param name="facts">What the file system said about the file that has this hash.</param>
    public string? HashFile(string path, OperationPulse pulse, out FileFacts facts)
    {
        using var handle = files.OpenRead(path);
        facts = files.Stat(handle);
        if (!facts.IsSettled)
        {
            // 10 ms at most, and 2 s where the file system counts in seconds: shorter than an operation may be silent. Looked at again also where nothing is
            // left to wait for: the time may have become a witness since the look.
            TellOnce(facts);
            SettledTime.Wait(facts.ModifiedNanoseconds);
            facts = files.Stat(handle);
        }

        return Recall(facts) ?? HashOpen(handle, facts, pulse);
    }

    /// <inheritdoc cref="HashFile(string, OperationPulse, out FileFacts)"/>
    public string? HashFile(string path, OperationPulse pulse) => HashFile(path, pulse, out _);

    /// <summary>Hashes an open file and remembers it; <see langword="null"/> where it is not as it was <paramref name="before"/>.</summary>
    public string? HashOpen(SafeFileHandle handle, in FileFacts before, OperationPulse pulse)
    {
        var hash = Hash(handle, pulse);
        if (!files.Stat(handle).IsSameAs(before))
        {
            return null;
        }

        Remember(before, hash);
        return hash;
    }

    /// <summary>Reads an open file from its beginning to its end; always reads.</summary>
    /// <param name="handle">The file.</param>
    /// <param name="pulse">Beaten while it is read.</param>
    /// <param name="also">Sees the same bytes.</param>
    public static string Hash(SafeFileHandle handle, OperationPulse pulse, IHashedBytes? also = null)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            for (long offset = 0; ;)
            {
                pulse.Beat();
                var read = RandomAccess.Read(handle, buffer.AsSpan(0, BufferSize), offset);
                if (read == 0)
                {
                    return Convert.ToHexStringLower(sha.GetHashAndReset());
                }

                Append(sha, buffer.AsSpan(0, read), also);
                offset += read;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    // In slices where somebody else sees them too: what was just hashed is still in the processor's own cache.
    private static void Append(IncrementalHash sha, ReadOnlySpan<byte> bytes, IHashedBytes? also)
    {
        if (also is null)
        {
            sha.AppendData(bytes);
            return;
        }

        for (; bytes.Length > 0; bytes = bytes[Math.Min(Slice, bytes.Length)..])
        {
            var slice = bytes[..Math.Min(Slice, bytes.Length)];
            sha.AppendData(slice);
            also.See(slice);
        }
    }

    private void TellOnce(in FileFacts facts)
    {
        if (SettledTime.IsWholeSecond(facts.ModifiedNanoseconds) && Interlocked.Exchange(ref _told, 1) == 0)
        {
            heldBack?.Invoke();
        }
    }
}
