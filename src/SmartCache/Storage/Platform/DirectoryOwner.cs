using System.Runtime.Versioning;
using static SmartCache.Storage.Platform.LinuxNative;

namespace SmartCache.Storage.Platform;

/// <summary>
/// Makes files as the owner of their directory would: what root makes in a cache by hand must not lock out the workers, whose next look-up has to open the same lock.
/// <para>
/// By the calling thread's file system user, and not by <c>chown(2)</c> afterwards: whoever is killed in between would leave a lock of root's.
/// A thread makes one call at a time, and nothing else in the process is another user meanwhile.
/// </para>
/// </summary>
[SupportedOSPlatform("linux")]
internal readonly ref struct DirectoryOwner
{
    private const uint RootUser = 0;

    private readonly uint _group;
    private readonly bool _acts;

    private DirectoryOwner(uint owner, uint group)
    {
        // The group first: once this is another user it may not change the group.
        _group = SetFileSystemGroup(group);
        _ = SetFileSystemUser(owner);
        _acts = true;
    }

    /// <summary>The permissions that files get besides those that are asked for: the directory's own.</summary>
    public UnixFileMode FileMode { get; private init; }

    /// <summary>The same for directories.</summary>
    public UnixFileMode DirectoryMode { get; private init; }

    /// <summary>Until it is disposed of, on the same thread, what this thread makes belongs to the owner of the directory in which the path lies.</summary>
    public static DirectoryOwner Of(string path)
    {
        const UnixFileMode execute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        if (LinuxStat.OwnersOf(Path.Combine(Path.GetDirectoryName(path)!, ".")) is not { } directory)
        {
            return default;
        }

        var owner = EffectiveUser() == RootUser && directory.Owner != RootUser ? new DirectoryOwner(directory.Owner, directory.Group) : default;
        return owner with { DirectoryMode = directory.Mode, FileMode = directory.Mode & ~execute };
    }

    public void Dispose()
    {
        if (_acts)
        {
            _ = SetFileSystemUser(RootUser);
            _ = SetFileSystemGroup(_group);
        }
    }
}
