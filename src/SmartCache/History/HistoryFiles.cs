using System.Globalization;
using Microsoft.Win32.SafeHandles;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.History;

/// <summary>
/// The files <c>history/{number}.events</c>, which all processes share. Only the newest one grows. Under a lock, the oldest go before a new one begins that would not
/// fit beside them. Methods may throw.
/// </summary>
internal sealed class HistoryFiles(LayerDirectory directory) : IDisposable
{
    /// <summary>A file is a part of what all may take, so that the oldest can go.</summary>
    private const int Parts = 8;

    /// <summary>The newest file may be longer than a part by what others append at the same moment, without the lock.</summary>
    private const int OldParts = Parts - 2;

    /// <summary>The last number that is one of a file's name: what were written behind it, nobody would find, count or delete.</summary>
    private const long LastNumber = 999_999_999;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private OpenFile? _open;
    private volatile bool _isDisposed;

    /// <summary>The files, the oldest first.</summary>
    public static List<HistoryFile> In(FileSystem files, string directory) =>
    [
        .. FileSystem.ListOrNone(() => files.ListFiles(directory, "*" + OwnNames.HistoryFile))
            .Where(static path => OwnNames.IsHistoryFile(Path.GetFileName(path)))
            .Select(path => new HistoryFile(path, NumberOf(path), files.Stat(path)?.Length ?? 0))
            .OrderBy(static file => file.Number),
    ];

    /// <summary>Appends whole lines, in one write.</summary>
    /// <param name="lines">The lines, with a newline before the first: a torn line of another process may lie before them.</param>
    /// <param name="limit">Bytes that all files together may take.</param>
    /// <param name="pulse">Beaten on the way.</param>
    /// <returns>False where a part of the limit has no place for them.</returns>
    public bool Append(ReadOnlySpan<byte> lines, long limit, OperationPulse pulse)
    {
        if (lines.Length > limit / Parts)
        {
            return false;
        }

        // Taken out and put back: one that hung may come back beside the next.
        if (Interlocked.Exchange(ref _open, null) is { } same)
        {
            if (IsNewest(same, lines.Length, limit))
            {
                Write(same, lines);
                return true;
            }

            same.Handle.Dispose();
        }

        using var held = directory.TakeLock(HistoryRecorder.Folder, exclusive: true, Patience, pulse);
        Write(Open(FindNewest(lines.Length, limit, pulse), limit), lines);
        return true;
    }

    public void Dispose()
    {
        _isDisposed = true;
        Interlocked.Exchange(ref _open, null)?.Handle.Dispose();
    }

    /// <summary>Two looks in place of the lock, a listing and the opening: nearly always the file is the same as the last time.</summary>
    private bool IsNewest(OpenFile open, int length, long limit) =>
        open.Limit == limit
        && directory.FileSystem.Stat(PathOf(open.Number + 1)) is null
        && directory.FileSystem.Stat(PathOf(open.Number)) is { } facts && facts.IsSameFileAs(open.Facts) && facts.Length + length <= limit / Parts;

    private void Write(OpenFile open, ReadOnlySpan<byte> lines)
    {
        var isKept = false;
        try
        {
            directory.FileSystem.Append(open.Handle, lines);
            isKept = directory.FileSystem.AppendsInOneStep && !_isDisposed && Interlocked.CompareExchange(ref _open, open, null) is null;
        }
        finally
        {
            if (!isKept)
            {
                open.Handle.Dispose();
            }
        }
    }

    /// <summary>The newest file; a newer one where that is not for this user, who would record nothing any more.</summary>
    private OpenFile Open(long number, long limit)
    {
        try
        {
            return OpenNumber(number, limit);
        }
        catch (Exception exception) when (
            number < LastNumber && directory.FileSystem.Stat(PathOf(number)) is { } facts && (exception is UnauthorizedAccessException || facts.Kind != FileKind.Regular))
        {
            return OpenNumber(number + 1, limit);
        }
    }

    private OpenFile OpenNumber(long number, long limit)
    {
        var handle = directory.FileSystem.OpenAppend(PathOf(number), directory.FileMode);
        try
        {
            return new OpenFile(handle, directory.FileSystem.Stat(handle), number, limit);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    private long FindNewest(int length, long limit, OperationPulse pulse)
    {
        var files = In(directory.FileSystem, directory.Root);
        if (files is [.., { Number: LastNumber } last])
        {
            // Somebody's, for nobody writes so much: no file can follow it, so it goes, as the oldest would. Where it cannot, nothing is written, rather than without a bound.
            directory.FileSystem.Delete(last.Path);
            files.RemoveAt(files.Count - 1);
        }

        var (newest, used) = files.Count == 0 ? (1, 0) : (files[^1].Number, files[^1].Length);
        if (used > 0 && used + length > limit / Parts)
        {
            newest++;
        }

        var total = files.Where(file => file.Number != newest).Sum(static file => file.Length);
        foreach (var old in files.Where(file => file.Number != newest))
        {
            if (total <= limit / Parts * OldParts)
            {
                break;
            }

            pulse.Beat();
            directory.FileSystem.Delete(old.Path);
            total -= old.Length;
        }

        return newest;
    }

    private string PathOf(long number) => Path.Combine(directory.Root, string.Create(CultureInfo.InvariantCulture, $"{number:D8}{OwnNames.HistoryFile}"));

    private static long NumberOf(string path) => long.Parse(Path.GetFileNameWithoutExtension(path), NumberStyles.None, CultureInfo.InvariantCulture);

    private sealed record OpenFile(SafeFileHandle Handle, FileFacts Facts, long Number, long Limit);
}
