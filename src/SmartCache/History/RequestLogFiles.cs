using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.History;

/// <summary>
/// The files <c>requests/{writer}.{number}.csv</c> of all processes. Bounded together: under a lock, the oldest go before a line is written that would not fit.
/// Keys and jobs are hashes salted per cache, so that neither can be guessed from outside, and the files of one cache belong together. Methods may throw.
/// </summary>
internal sealed class RequestLogFiles(LayerDirectory directory)
{
    /// <summary>A file is a part of what all may take, so that the oldest can go.</summary>
    private const int Parts = 8;

    private const int SaltBytes = 32;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private byte[]? _salt;
    private int _number;
    private bool _torn;

    /// <summary>Writes events.</summary>
    /// <returns>How many of them are taken care of; none where a part of the bound has no place for them.</returns>
    public int Append(IReadOnlyList<CacheEvent> events, long limit, OperationPulse pulse)
    {
        using var held = directory.TakeLock("requests", exclusive: true, Patience, pulse);
        _salt ??= ReadOrMakeSalt();
        var text = new StringBuilder(_torn ? "\n" : "");
        foreach (var one in events)
        {
            if (RequestLogFormat.Format(one with { Key = null, JobId = null, KeyHash = Salted(one.Key), JobHash = Salted(one.JobId) }) is { } line)
            {
                text.Append(line).Append('\n');
            }
        }

        var bytes = Encoding.ASCII.GetBytes(text.ToString());
        var part = limit / Parts;
        var begins = Begin(bytes.Length, part);
        if (begins.Length + bytes.Length > part)
        {
            return 0;
        }

        MakeRoom(limit - begins.Length - bytes.Length, pulse);
        using var file = directory.FileSystem.OpenAppend(PathOf(_number), directory.FileMode);
        _torn = true;
        directory.FileSystem.Append(file, [.. begins, .. bytes]);
        _torn = false;
        return events.Count;
    }

    private string PathOf(int number) => Path.Combine(directory.Root, $"{directory.WriterId}.{number:D6}.csv");

    /// <summary>Goes on to the next file where this one is full; gives what a new one begins with.</summary>
    private byte[] Begin(int length, long part)
    {
        var size = directory.FileSystem.Stat(PathOf(_number))?.Length ?? 0;
        if (size > 0 && size + length > part)
        {
            _number++;
            size = 0;
        }

        return size == 0 ? Encoding.ASCII.GetBytes(RequestLogFormat.Header + "\n") : [];
    }

    private void MakeRoom(long limit, OperationPulse pulse)
    {
        var files = Files();
        var total = files.Sum(static file => file.Length);
        foreach (var (path, length) in files.Where(file => file.Path != PathOf(_number)))
        {
            if (total <= limit)
            {
                return;
            }

            pulse.Beat();
            total -= length;
            directory.FileSystem.Delete(path);
        }
    }

    /// <summary>The files of all processes, the oldest first.</summary>
    private List<(string Path, long Length)> Files() =>
    [
        .. directory.FileSystem.ListFiles(directory.Root, "*.csv")
            .Where(static path => OwnNames.IsRequestFile(Path.GetFileName(path)))
            .Select(path => (Path: path, Facts: directory.FileSystem.Stat(path) ?? default))
            .OrderBy(static file => file.Facts.ModifiedNanoseconds)
            .ThenBy(static file => file.Path, StringComparer.Ordinal)
            .Select(static file => (file.Path, file.Facts.Length)),
    ];

    private byte[] ReadOrMakeSalt()
    {
        var path = Path.Combine(directory.Root, "salt");
        if (BoundedFile.Read(directory.FileSystem, path, SaltBytes) is { Length: SaltBytes } known)
        {
            return known;
        }

        var salt = RandomNumberGenerator.GetBytes(SaltBytes);
        StateFile.Replace(directory, path, salt, flush: false);
        return salt;
    }

    private ulong Salted(string? name)
    {
        if (string.IsNullOrEmpty(name))
        {
            return 0;
        }

        var hash = HMACSHA256.HashData(_salt!, Encoding.UTF8.GetBytes(name));
        return BinaryPrimitives.ReadUInt64BigEndian(hash) | 1;
    }
}
