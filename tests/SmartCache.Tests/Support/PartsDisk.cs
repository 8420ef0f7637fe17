using System.Collections.Concurrent;
using Microsoft.Win32.SafeHandles;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Tests.Support;

/// <summary>The real file system with a list of what happens to parts of encodes, in order, and a place to act in the middle of a call.</summary>
internal sealed class PartsDisk : ForwardingFileSystem
{
    /// <summary><c>flush NAME</c> and <c>delete NAME</c> of what lies under <c>partials/</c>, and of that itself.</summary>
    public ConcurrentQueue<string> Said { get; } = new();

    public Action? BeforeAppend { get; set; }

    /// <summary>Before a list of a directory of parts, or the deletion of one.</summary>
    public Action? BeforeRemoval { get; set; }

    /// <summary>Before the journal is looked at by its name.</summary>
    public Action? BeforeLook { get; set; }

    /// <summary>Before a journal that was just opened is looked at.</summary>
    public Action<SafeFileHandle>? BeforeFacts { get; set; }

    /// <summary>Around the making of a part's name.</summary>
    public Func<Func<bool>, bool>? AroundLink { get; set; }

    /// <summary>Before a directory of parts is removed.</summary>
    public Action? BeforeDirectoryGoes { get; set; }

    /// <summary>Before the lock of the account is taken.</summary>
    public Action? BeforeAccount { get; set; }

    public override void Append(SafeFileHandle handle, ReadOnlySpan<byte> content)
    {
        BeforeAppend?.Invoke();
        base.Append(handle, content);
    }

    public override FileFacts? Stat(string path)
    {
        if (Path.GetFileName(path) == OwnNames.PartsJournal)
        {
            BeforeLook?.Invoke();
        }

        return base.Stat(path);
    }

    public override FileFacts Stat(SafeFileHandle handle)
    {
        BeforeFacts?.Invoke(handle);
        return base.Stat(handle);
    }

    public override void Flush(string path)
    {
        base.Flush(path);
        if (IsOfParts(path))
        {
            Said.Enqueue("flush " + Path.GetFileName(path));
        }
    }

    public override void Delete(string path)
    {
        if (IsOfParts(path))
        {
            BeforeRemoval?.Invoke();
            Said.Enqueue("delete " + Path.GetFileName(path));
        }

        base.Delete(path);
    }

    public override IEnumerable<string> List(string directory, bool recursive = false)
    {
        if (IsOfParts(Path.Combine(directory, "x")))
        {
            BeforeRemoval?.Invoke();
        }

        return base.List(directory, recursive);
    }

    public override bool TryLink(string existing, string link) =>
        AroundLink is { } around && IsOfParts(link) ? around(() => base.TryLink(existing, link)) : base.TryLink(existing, link);

    public override void DeleteDirectory(string path, bool recursive = false)
    {
        if (IsOfParts(path))
        {
            BeforeDirectoryGoes?.Invoke();
        }

        base.DeleteDirectory(path, recursive);
    }

    public override FileLock? TryLock(string path, bool exclusive, UnixFileMode mode)
    {
        if (Path.GetFileName(path) == "account")
        {
            BeforeAccount?.Invoke();
        }

        return base.TryLock(path, exclusive, mode);
    }

    private static bool IsOfParts(string path) => path.Contains("/profiles/partials", StringComparison.Ordinal);
}
