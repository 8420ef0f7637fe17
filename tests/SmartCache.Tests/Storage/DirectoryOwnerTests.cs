using System.Runtime.Versioning;
using SmartCache.Storage.Platform;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Storage;

/// <summary>What root makes in another user's directory is that user's; what it finds there it may open, whoever's it is.</summary>
[SupportedOSPlatform("linux")]
public sealed class DirectoryOwnerTests : IDisposable
{
    private const uint Owner = 20_001;
    private const uint Third = 20_002;
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Shared = Private | UnixFileMode.GroupRead | UnixFileMode.GroupWrite;

    private readonly FileSystem _files = FileSystem.ForOwners;
    private readonly string _root = Directory.CreateTempSubdirectory("smartcache-test-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [MountTheory("setpriv")]
    [InlineData("700", Private)]
    [InlineData("770", Shared)]
    public void Files_directories_and_locks_are_the_owners_with_the_permissions_of_the_directory(string mode, UnixFileMode expected)
    {
        Mount.Run("chown", $"{Owner}:{Owner}", _root);
        Mount.Run("chmod", mode, _root);

        _files.CreateNew(PathOf("file"), Private).Dispose();
        _files.OpenAppend(PathOf("log"), Private).Dispose();
        _files.TryLock(PathOf("lock"), exclusive: true, Private)!.Dispose();
        _files.MakeDirectory(PathOf("directory"), Private | UnixFileMode.UserExecute);
        _files.CreateNew(PathOf("directory/below"), Private).Dispose();
        FileSystem.Current.CreateNew(PathOf("mine"), Private).Dispose();

        foreach (var name in new[] { "file", "log", "lock", "directory/below" })
        {
            (OwnerOf(name), Entries.ModeOf(PathOf(name))).Should().Be((Owner, expected), name);
        }

        (OwnerOf("directory"), Entries.ModeOf(PathOf("directory")) & ~expected).Should().Be((Owner, mode == "700" ? UnixFileMode.UserExecute : UnixFileMode.UserExecute | UnixFileMode.GroupExecute));
        OwnerOf("mine").Should().Be(0, "this thread is itself again");
    }

    [MountFact("setpriv")]
    public void Lock_of_a_third_user_is_opened_and_stays_that_users()
    {
        Mount.Run("chown", $"{Owner}", _root);
        FileSystem.Current.CreateNew(PathOf("lock"), Private).Dispose();
        Mount.Run("chown", $"{Third}", PathOf("lock"));

        using var held = _files.TryLock(PathOf("lock"), exclusive: true, Private);

        held.Should().NotBeNull();
        OwnerOf("lock").Should().Be(Third);
        _files.TryLock(PathOf("lock"), exclusive: true, Private).Should().BeNull("it is held");
    }

    [Fact]
    public void Where_the_directory_is_missing_it_says_so() =>
        _files.Invoking(files => files.TryLock(PathOf("missing/lock"), exclusive: true, Private)).Should().Throw<FileNotFoundException>();

    private string PathOf(string name) => Path.Combine(_root, name);

    private uint? OwnerOf(string name) => FileSystem.Current.Stat(PathOf(name))!.Value.Owner;
}
