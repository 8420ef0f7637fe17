using System.Security.Cryptography;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Inspection;

/// <summary>
/// Reads an entry's bytes and compares them with its manifest, past the page cache and without a lease, which would keep the entry from making room. What it finds wrong is
/// therefore no proof: whoever takes the entry away looks again under its lock.
/// </summary>
internal sealed class EntryReading(LayerDirectory layer, IProgress<long>? progress)
{
    private readonly FileSystem _files = layer.FileSystem;
    private long _read;

    public InspectedReading Read(string name, CancellationToken cancellationToken)
    {
        var path = Path.Combine(layer.Root, name, Manifest.FileName);
        var before = Looking.OrNone<object>(() => _files.Stat(path)?.Identity);
        var (verdict, why) = Judge(name, path, cancellationToken);
        if (verdict is InspectedVerdict.Wrong && (_files.Stat(Path.GetDirectoryName(path)!) is null || !Equals(Looking.OrNone<object>(() => _files.Stat(path)?.Identity), before)))
        {
            // Evicted, or replaced by another one: what was compared is not one entry.
            (verdict, why) = (InspectedVerdict.Gone, null);
        }

        return new InspectedReading { Verdict = verdict, Why = why, Bytes = _read };
    }

    private (InspectedVerdict Verdict, string? Why) Judge(string name, string path, CancellationToken cancellationToken)
    {
        try
        {
            if (BoundedFile.Read(_files, path, ManifestFormat.MaxBytes) is not { } bytes)
            {
                return (InspectedVerdict.Wrong, "its manifest is gone");
            }

            foreach (var file in ManifestFormat.Parse(bytes).Content.Files)
            {
                if (Compare(Path.Combine(layer.Root, name, file.Path), file, cancellationToken) is { } found)
                {
                    return found;
                }
            }

            return (InspectedVerdict.Whole, null);
        }
        catch (NewerFormatException newer)
        {
            return (InspectedVerdict.Newer, newer.Message);
        }
        catch (InvalidDataException damaged)
        {
            return (InspectedVerdict.Wrong, damaged.Message);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return (InspectedVerdict.Unreadable, exception.Message);
        }
    }

    private (InspectedVerdict Verdict, string? Why)? Compare(string path, ManifestFile file, CancellationToken cancellationToken)
    {
        if (_files.Stat(path) is not { Kind: FileKind.Regular } facts || facts.Length != file.Length)
        {
            return (InspectedVerdict.Wrong, $"'{file.Path}' is missing or has another size");
        }

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using (var reader = _files.OpenUncached(path))
        {
            for (var piece = reader.Read(); !piece.IsEmpty; piece = reader.Read())
            {
                cancellationToken.ThrowIfCancellationRequested();
                hash.AppendData(piece);
                _read += piece.Length;
                progress?.Report(piece.Length);
            }
        }

        return _files.Stat(path) is not { } after || !after.IsSameAs(facts) ? (InspectedVerdict.Changing, $"'{file.Path}' changed while it was read")
            : Convert.ToHexStringLower(hash.GetHashAndReset()) != file.Sha256 ? (InspectedVerdict.Wrong, $"'{file.Path}' has other bytes")
            : null;
    }
}
