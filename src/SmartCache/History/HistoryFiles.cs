using System.Globalization;
using Microsoft.Win32.SafeHandles;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.History;

/// <summary>
/// The files <c>history/{number}.events</c>, which all processes share. Only the newest one grows. Under a lock, the oldest go before a new one begins that would not
/// fit beside them. Methods may throw.
/// </summary>
internal sealed class HistoryFiles(LayerDirectory directory)
{
    /// <summary>A file is a part of what all may take, so that the oldest can go.</summary>
    private const int Parts = 8;

    /// <summary>The last number that is one of a file's name: what were written behind it, nobody would find, count or delete.</summary>
    private const long LastNumber = 999_999_999;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private long _number;
    private long _limit;

    /// <summary>The files, the oldest first.</summary>
    public static List<HistoryFile> In(FileSystem files, string directory) =>
    [
        .. FileSystem.ListOrNone(() => files.ListFiles(directory, "*" + OwnNames.HistoryFile))
            .Where(static path => OwnNames.IsHistoryFile(Path.GetFileName(path)))
            .Select(path => new HistoryFile(path, NumberOf(path), files.Stat(path)?.Length ?? 0))
            .OrderBy(static file => file.Number),
    ];

    /// <summary>Appends whole lines, in one write.</summary>
    /// <param name="lines">The lines, with a newline before the first.</param>
    /// <param name="limit">Bytes that all files together may take.</param>
    /// <param name="pulse">Beaten on the way.</param>
    /// <returns>False where a part of the limit has no place for them.</returns>
    public bool Append(ReadOnlySpan<byte> lines, long limit, OperationPulse pulse)
    {
        if (lines.Length > limit / Parts)
        {
            return false;
        }

        using var held = directory.TakeLock(HistoryRecorder.Folder, exclusive: true, Patience, pulse);
        using var file = OpenNewest(lines.Length, limit, pulse);

        // A torn line of another process may lie before them: each line begins anew.
        directory.FileSystem.Append(file, lines);
        return true;
    }

    /// <summary>The newest file; a newer one where that is not for this user, who would record nothing any more.</summary>
    private SafeFileHandle Open()
    {
        try
        {
            return directory.FileSystem.OpenAppend(PathOf(_number), directory.FileMode);
        }
        catch (Exception exception) when (
            _number < LastNumber && directory.FileSystem.Stat(PathOf(_number)) is { } facts && (exception is UnauthorizedAccessException || facts.Kind != FileKind.Regular))
        {
            return directory.FileSystem.OpenAppend(PathOf(++_number), directory.FileMode);
        }
    }

    /// <summary>One look in place of a listing: nearly always the file is the same as the last time.</summary>
    private SafeFileHandle OpenNewest(int length, long limit, OperationPulse pulse)
    {
        if (_number > 0 && _limit == limit && directory.FileSystem.Stat(PathOf(_number + 1)) is null)
        {
            var same = Open();
            if (RandomAccess.GetLength(same) + length <= limit / Parts)
            {
                return same;
            }

            same.Dispose();
        }

        FindNewest(length, limit, pulse);
        return Open();
    }

    private void FindNewest(int length, long limit, OperationPulse pulse)
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
            if (total <= limit - (limit / Parts))
            {
                break;
            }

            pulse.Beat();
            directory.FileSystem.Delete(old.Path);
            total -= old.Length;
        }

        (_number, _limit) = (newest, limit);
    }

    private string PathOf(long number) => Path.Combine(directory.Root, string.Create(CultureInfo.InvariantCulture, $"{number:D8}{OwnNames.HistoryFile}"));

    private static long NumberOf(string path) => long.Parse(Path.GetFileNameWithoutExtension(path), NumberStyles.None, CultureInfo.InvariantCulture);
}
