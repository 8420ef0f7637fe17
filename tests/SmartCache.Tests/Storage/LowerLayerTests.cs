using SmartCache.Configuration;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Storage;

/// <summary>A cache that came with a container's image: overlayfs renames no directory of its lower layer (EXDEV).</summary>
[Trait("Found", "M26")]
public class LowerLayerTests
{
    private static readonly byte[] _content = Bytes.Random(20_000);

    [MountFact]
    public async Task Entry_that_cannot_be_renamed_expires()
    {
        using var image = await Image.MakeAsync(cache => cache.SetLastAccess(Entries.Name, TimeSpan.FromDays(3)));
        await using var cache = image.Open();

        (await cache.Manager.CleanupAsync()).ExpiredEntries.Should().Be(1, cache.Log.ToString());

        Directory.Exists(cache.Layer().Entries.PathOf(Entries.Name)).Should().BeFalse();
        cache.Log.Of(400).Should().BeEmpty();
    }

    [MountFact]
    public async Task Limit_that_is_crossed_takes_it_and_the_log_blames_no_lease()
    {
        using var image = await Image.MakeAsync(static _ => { });
        await using var cache = image.Open();
        cache.Settings = cache.Settings with { MaxSize = 10_000 };

        (await cache.Manager.CleanupAsync()).EvictedEntries.Should().Be(1, cache.Log.ToString());

        cache.Log.Of(502).Should().BeEmpty();
        cache.Log.Of(400).Should().BeEmpty();
    }

    [MountFact]
    public async Task Entry_that_is_found_wrong_makes_place_for_a_good_one()
    {
        using var image = await Image.MakeAsync(cache => Entries.Overwrite(cache.PathOf(Entries.Name)));
        await using var cache = image.Open();

        cache.TryLease(Entries.Name, out var reason).Should().BeNull();
        reason.Text.Should().Contain("other bytes");

        cache.Put(Entries.Name, _content);
        using var lease = cache.TryLease(Entries.Name, out _);
        lease.Should().NotBeNull();
        cache.Log.Of(400).Should().BeEmpty();
    }

    [MountFact]
    public async Task Entry_that_is_leased_goes_with_its_last_lease()
    {
        using var image = await Image.MakeAsync(static _ => { });
        await using var cache = image.Open();
        var lease = cache.TryLease(Entries.Name, out _)!;

        (await cache.Manager.ClearAsync()).Should().Be(1);
        (await File.ReadAllBytesAsync(cache.PathOf(Entries.Name))).Should().Equal(_content, "a lease keeps its path");
        cache.TryLease(Entries.Name, out _).Should().BeNull();

        lease.Dispose();
        Directory.Exists(cache.Layer().Entries.PathOf(Entries.Name)).Should().BeFalse();
    }

    [MountFact]
    public async Task Removal_that_was_cut_short_is_ended_by_the_next_clean_up()
    {
        using var image = await Image.MakeAsync(cache => File.Delete(cache.ManifestOf(Entries.Name)));
        await using var cache = image.Open();

        await cache.Manager.CleanupAsync();

        Directory.Exists(cache.Layer().Entries.PathOf(Entries.Name)).Should().BeFalse();
        cache.Log.Of(400).Should().BeEmpty();
    }

    [MountFact]
    public async Task Leftovers_of_the_image_go()
    {
        using var image = await Image.MakeAsync(cache =>
        {
            var layer = cache.Layer().Directory;
            File.WriteAllText(Path.Combine(Directory.CreateDirectory(Path.Combine(layer.Staging, Entries.NameOf(1), "1")).FullName, "half"), "half");
            File.WriteAllText(Path.Combine(Directory.CreateDirectory(Path.Combine(layer.Trash, Entries.Name + ".01234567.1")).FullName, "source.bin"), "x");
            var old = Directory.CreateDirectory(Path.Combine(layer.Quarantine, Entries.Name + ".01234567.2")).FullName;
            Directory.SetLastWriteTimeUtc(old, DateTime.UtcNow.AddDays(-8));
        });
        await using var cache = image.Open();

        await cache.Manager.CleanupAsync();

        var layer = cache.Layer().Directory;
        new[] { layer.Staging, layer.Trash, layer.Quarantine }.SelectMany(Directory.GetFileSystemEntries).Should().Equal(Path.Combine(layer.Staging, layer.WriterId));
        cache.Log.Of(400).Should().BeEmpty();
    }

    /// <summary>A cache with one entry below an overlay.</summary>
    private sealed class Image : IDisposable
    {
        private readonly Mount _disk = Mount.Tmpfs(64);
        private Mount? _overlay;

        public static async Task<Image> MakeAsync(Action<TestCache> change)
        {
            var image = new Image();
            foreach (var name in new[] { "lower", "upper", "work" })
            {
                Directory.CreateDirectory(image.At(name));
            }

            await using (var cache = Open(Path.Combine(image.At("lower"), "cache")))
            {
                cache.Put(Entries.Name, _content);
                change(cache);
            }

            image._overlay = Mount.Overlay(image.At("lower"), image.At("upper"), image.At("work"));
            return image;
        }

        public TestCache Open() => Open(Path.Combine(_overlay!.Path, "cache"));

        public void Dispose()
        {
            _overlay?.Dispose();
            _disk.Dispose();
        }

        private static TestCache Open(string root) => new(_ => CacheSettings.ForRoot(root) with { MinFreeSpace = new FreeSpaceFloor(0, null) });

        private string At(string name) => Path.Combine(_disk.Path, name);
    }
}
