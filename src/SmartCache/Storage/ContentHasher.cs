using System.Buffers;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using SmartCache.Storage.Platform;

namespace SmartCache.Storage;

/// <summary>
/// SHA-256 of files, computed once: hashes are remembered by what the file system says about the file (device, inode, length, modification time).
/// A time younger than 10 ms is not remembered, because the kernel's clock ticks every 4 ms and a write within one tick leaves no trace.
/// </summary>
internal sealed class ContentHasher
{
    private const int BufferSize = 1 << 20;
    private const int MaxRemembered = 65_536;

    private readonly ConcurrentDictionary<FileStamp, string> _known = new();

    /// <summary>The hash of a file with these facts, if it was computed before.</summary>
    public string? Recall(in FileFacts facts) =>
        facts.Inode != 0 && _known.TryGetValue(FileStamp.Of(facts), out var hash) ? hash : null;

    /// <summary>Remembers a hash that is known to belong to a file with these facts.</summary>
    public void Remember(in FileFacts facts, string sha256)
    {
        // A hit names the same files again and again: finding is cheaper than replacing.
        if (facts.Inode == 0 || Recall(facts) == sha256 || !SettledTime.IsSettled(facts))
        {
            return;
        }

        if (_known.Count >= MaxRemembered)
        {
            _known.Clear();
        }

        _known[FileStamp.Of(facts)] = sha256;
    }

    /// <summary>Hashes a file, or recalls its hash; <see langword="null"/> where it changed while it was read.</summary>
    public string? HashFile(string path, OperationPulse pulse)
    {
        using var handle = FileSystem.Current.OpenRead(path);
        var before = FileSystem.Current.Stat(handle);
        if (Recall(before) is { } known)
        {
            return known;
        }

        var hash = Hash(handle, pulse);
        if (!FileSystem.Current.Stat(handle).IsUnchangedFrom(before))
        {
            return null;
        }

        Remember(before, hash);
        return hash;
    }

    /// <summary>Reads an open file from its beginning to its end; always reads.</summary>
    public static string Hash(SafeFileHandle handle, OperationPulse pulse)
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

                sha.AppendData(buffer, 0, read);
                offset += read;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
