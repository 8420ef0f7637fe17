using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Profiles;

/// <summary>
/// <c>partials/{profile key}/parts.journal</c>, opened by one attempt: first the key's whole preimage, then one checksummed line per attempt, part and forget. Appended to. What adds a
/// part is not flushed: what a power cut leaves of it, or of the parts, is decided by checksums and hashes when it is opened again. What takes parts away is flushed, because nothing
/// else says that they are none any more. Methods may throw, and run behind the boundary.
/// </summary>
internal sealed class PartsJournal : IDisposable
{
    private const int FormatVersion = 1;
    private const int MaxBytes = 16 << 20;
    private const int MaxHeader = 1 << 20;
    private const int Piece = 1 << 20;

    private readonly FileSystem _files;
    private readonly string _path;
    private readonly string _header;
    private readonly SafeFileHandle _handle;
    private readonly FileFacts _opened;
    private long _read;

    /// <summary>Opens the journal in a directory, and makes it where there is none. Nothing is read yet.</summary>
    public PartsJournal(LayerDirectory layer, string directory, ProfileKey key)
    {
        _files = layer.FileSystem;
        _path = Path.Combine(directory, OwnNames.PartsJournal);
        _header = HeaderOf(key);
        _handle = _files.OpenAppend(_path, layer.FileMode);
        try
        {
            _opened = _files.Stat(_handle);
        }
        catch
        {
            _handle.Dispose();
            throw;
        }
    }

    public PartsHeader Header { get; private set; }

    public PartsContents Contents { get; } = new();

    /// <summary>Whether a key can stand in a journal at all.</summary>
    public static bool Takes(ProfileKey key) => HeaderOf(key).Length <= MaxHeader;

    /// <summary>Reads what came since it was read last.</summary>
    /// <returns>False where it is no journal of the key, or its name leads to another file by now.</returns>
    public bool Follow(OperationPulse pulse)
    {
        if (_files.Stat(_path) is not { } named || !named.IsSameFileAs(_opened))
        {
            return false;
        }

        var length = RandomAccess.GetLength(_handle);
        if (length > MaxBytes || length < _read)
        {
            Header = PartsHeader.Foreign;
            return false;
        }

        if (length > _read)
        {
            var content = Read((int)(length - _read), pulse);
            var whole = content.AsSpan().LastIndexOf((byte)'\n') + 1;
            foreach (var line in content.AsSpan(0, whole).Split((byte)'\n'))
            {
                Take(content.AsSpan(line));
            }

            if (Header == PartsHeader.None)
            {
                // The beginning of a header, which was never finished.
                Header = PartsHeader.Foreign;
            }

            // What stands behind the last newline is torn, or is being written just now; it is read again with what follows.
            _read += whole;
        }

        return Header is PartsHeader.None or PartsHeader.Own;
    }

    /// <summary>Appends lines in one step, behind the header where that is missing, and takes them in.</summary>
    /// <returns>False where it is full, or somebody else's by now.</returns>
    public bool Append(OperationPulse pulse, params ReadOnlySpan<string> bodies)
    {
        using var lines = new MemoryStream();
        if (Header == PartsHeader.None)
        {
            lines.Write(ChecksummedLine.Of(_header));
        }

        foreach (var body in bodies)
        {
            lines.Write(ChecksummedLine.Of(body));
        }

        if (_read + lines.Length > MaxBytes)
        {
            return false;
        }

        // Whoever was given up must not write any more.
        pulse.Beat();
        _files.Append(_handle, lines.GetBuffer().AsSpan(0, (int)lines.Length));
        return Follow(pulse);
    }

    /// <summary>
    /// The same for a line that takes parts away: it is on the disk when this returns. A power cut that took it and left what was recorded behind it would mix the two, and one that took
    /// it alone would bring back what does not fit.
    /// </summary>
    public bool AppendForGood(OperationPulse pulse, string body)
    {
        if (!Append(pulse, body))
        {
            return false;
        }

        _files.Flush(_path);
        return true;
    }

    /// <summary>Takes back all that a journal says, also where a producer has it open, and also after a power cut.</summary>
    public static void Void(LayerDirectory layer, string directory)
    {
        var path = Path.Combine(directory, OwnNames.PartsJournal);
        if (layer.FileSystem.Stat(path) is { Kind: FileKind.Regular })
        {
            using var handle = layer.FileSystem.OpenAppend(path, layer.FileMode);
            layer.FileSystem.Append(handle, ChecksummedLine.Of(PartsContents.Void()));
            layer.FileSystem.Flush(path);
        }
    }

    /// <summary>Whether a journal ends with all its parts taken back.</summary>
    public static bool IsVoid(LayerDirectory layer, string directory)
    {
        // A line of this kind is far shorter.
        var tail = new byte[128];
        using var handle = layer.FileSystem.OpenRead(Path.Combine(directory, OwnNames.PartsJournal));
        var read = RandomAccess.Read(handle, tail, Math.Max(0, RandomAccess.GetLength(handle) - tail.Length));
        ReadOnlySpan<byte> lines = tail.AsSpan(0, read);
        if (lines is not [.., (byte)'\n'])
        {
            return false;
        }

        lines = lines[..^1];
        var last = lines[(lines.LastIndexOf((byte)'\n') + 1)..];
        return ChecksummedLine.IsIntact(last) && PartsContents.IsVoidLine(Encoding.ASCII.GetString(last[(ChecksummedLine.ChecksumLength + 1)..]));
    }

    public void Dispose() => _handle.Dispose();

    private static string HeaderOf(ProfileKey key) => string.Create(
        CultureInfo.InvariantCulture,
        $"K {FormatVersion} {string.Join(' ', key.Preimage.OrderBy(static pair => pair.Key, StringComparer.Ordinal).Select(static pair => $"{Uri.EscapeDataString(pair.Key)}={Uri.EscapeDataString(pair.Value)}"))}");

    private void Take(ReadOnlySpan<byte> line)
    {
        if (line.IsEmpty || Header is PartsHeader.Foreign or PartsHeader.Newer)
        {
            return;
        }

        var body = ChecksummedLine.IsIntact(line) ? Encoding.ASCII.GetString(line[(ChecksummedLine.ChecksumLength + 1)..]) : null;
        if (Header == PartsHeader.None)
        {
            // The whole key, not only its hash: names are cut hashes, and a directory can be copied to another's name.
            Header = body == _header ? PartsHeader.Own : body is not null && IsNewer(body) ? PartsHeader.Newer : PartsHeader.Foreign;
        }
        else if (body is not null)
        {
            Contents.Apply(body);
        }
    }

    private static bool IsNewer(string body) =>
        body.Split(' ', 3) is ["K", var version, ..] && int.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > FormatVersion;

    private byte[] Read(int length, OperationPulse pulse)
    {
        var content = new byte[length];
        for (var filled = 0; filled < length;)
        {
            pulse.Beat();
            var read = RandomAccess.Read(_handle, content.AsSpan(filled, Math.Min(Piece, length - filled)), _read + filled);
            if (read == 0)
            {
                return content[..filled];
            }

            filled += read;
        }

        return content;
    }
}
