using Microsoft.Win32.SafeHandles;
using SmartCache.Abstractions;
using SmartCache.Storage;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Storage;

/// <summary>How each file of an entry in the making gets into the staging, and which directories have to be flushed for it.</summary>
public class StagedFilesTests
{
    [Theory]
    [InlineData("missing")]
    [InlineData("a directory")]
    [InlineData("a symlink")]
    public async Task What_is_no_regular_file_is_named(string what)
    {
        await using var cache = new TestCache();
        var path = cache.WorkPath("video.mp4");
        if (what == "a directory")
        {
            Directory.CreateDirectory(path);
        }
        else if (what == "a symlink")
        {
            File.CreateSymbolicLink(path, cache.Root);
        }

        var (staged, _) = Stage(cache);

        staged.Invoking(it => it.Take(path, "source.mp4")).Should().Throw<IOException>().WithMessage("'video.mp4' is not a regular file.");
    }

    [Fact]
    public async Task What_a_producer_did_not_make_is_named()
    {
        await using var cache = new TestCache();
        var (staged, _) = Stage(cache);

        staged.Invoking(static it => it.Own("video.mp4")).Should().Throw<IOException>().WithMessage("'video.mp4' was not produced.");
    }

    [Fact]
    public async Task Directories_on_the_way_to_what_was_produced_are_the_entry_s_and_its_own_is_not_among_them()
    {
        await using var cache = new TestCache();
        var (staged, directory) = Stage(cache);
        Directory.CreateDirectory(Path.Combine(directory, "a", "b"));
        File.WriteAllText(Path.Combine(directory, "a", "b", "seg.ts"), "ts");
        File.WriteAllText(Path.Combine(directory, "index.m3u8"), "list");

        staged.Own("a/b/seg.ts");
        staged.Own("index.m3u8");

        staged.Directories.Should().BeEquivalentTo(Path.Combine(directory, "a"), Path.Combine(directory, "a", "b"));
        staged.AreProduced.Should().BeTrue();
        staged.All.Should().OnlyContain(static file => file.SharesInode && file.Source == null, "what only the staging names is not copied");
    }

    [Fact]
    public async Task Directories_on_the_way_to_what_was_taken_are_made_and_are_the_entry_s()
    {
        await using var cache = new TestCache();
        var (staged, directory) = Stage(cache);
        File.WriteAllText(cache.WorkPath("seg.ts"), "ts");

        staged.Take(cache.WorkPath("seg.ts"), "a/b/seg.ts");

        staged.Directories.Should().BeEquivalentTo(Path.Combine(directory, "a"), Path.Combine(directory, "a", "b"));
        staged.LetGo();
    }

    [Fact]
    public async Task File_that_another_job_links_at_the_same_moment_is_held_and_its_link_goes()
    {
        var disk = new LinksTwice();
        await using var cache = new TestCache(static settings => settings with { Materialize = MaterializeMode.HardLink }, fileSystem: disk);
        var (staged, directory) = Stage(cache);
        File.WriteAllText(cache.WorkPath("video.mp4"), "video");
        disk.Other = cache.WorkPath("another job's");

        staged.Take(cache.WorkPath("video.mp4"), "source.mp4");

        staged.All.Should().ContainSingle().Which.SharesInode.Should().BeFalse();
        File.Exists(Path.Combine(directory, "source.mp4")).Should().BeFalse();
        staged.LetGo();
    }

    [Fact]
    public async Task File_is_cloned_where_that_can_be_and_shares_nothing()
    {
        await using var cache = new TestCache(fileSystem: new Clones());
        var (staged, directory) = Stage(cache);
        File.WriteAllText(cache.WorkPath("video.mp4"), "video");

        staged.Take(cache.WorkPath("video.mp4"), "source.mp4");

        staged.All.Should().ContainSingle().Which.SharesInode.Should().BeFalse();
        File.ReadAllText(Path.Combine(directory, "source.mp4")).Should().Be("video");
    }

    [Fact]
    public async Task That_the_worker_s_files_cannot_be_linked_is_said_once()
    {
        await using var cache = new TestCache(static settings => settings with { Materialize = MaterializeMode.HardLink }, fileSystem: new LinksNothing());
        var (staged, _) = Stage(cache);
        File.WriteAllText(cache.WorkPath("a.mp4"), "a");
        File.WriteAllText(cache.WorkPath("b.mp4"), "b");

        staged.Take(cache.WorkPath("a.mp4"), "a.mp4");
        staged.Take(cache.WorkPath("b.mp4"), "b.mp4");

        cache.Log.Of(415).Should().ContainSingle();
        staged.All.Should().OnlyContain(static file => !file.SharesInode);
        staged.LetGo();
    }

    private static (StagedFiles Files, string Directory) Stage(TestCache cache)
    {
        var layer = cache.Layer().Directory;
        layer.EnsureOpen();
        var directory = Path.Combine(layer.Staging, "of-a-test");
        Directory.CreateDirectory(directory);
        return (new StagedFiles(layer, cache.Layer().Transfer, directory), directory);
    }

    private sealed class Clones : ForwardingFileSystem
    {
        public override bool TryClone(SafeFileHandle source, SafeFileHandle destination)
        {
            var bytes = new byte[RandomAccess.GetLength(source)];
            RandomAccess.Write(destination, bytes.AsSpan(0, RandomAccess.Read(source, bytes, 0)), 0);
            return true;
        }
    }

    private sealed class LinksNothing : ForwardingFileSystem
    {
        public override bool TryLink(string existing, string link) => false;
    }

    private sealed class LinksTwice : ForwardingFileSystem
    {
        public string? Other { get; set; }

        public override bool TryLink(string existing, string link) => base.TryLink(existing, link) && (Other is null || base.TryLink(existing, Other));
    }
}
