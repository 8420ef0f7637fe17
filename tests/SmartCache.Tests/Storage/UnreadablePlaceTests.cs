using Microsoft.Win32.SafeHandles;
using SmartCache.Storage;
using SmartCache.Storage.Platform;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Storage;

/// <summary>One place of the disk does not give what belongs to an entry, be it not a byte of its files. It must not keep its key from the cache for ever.</summary>
public sealed class UnreadablePlaceTests
{
    private const string Name = Entries.Name;
    private const int Eio = 5, BadMessage = 74, NeedsCleaning = 117;

    public enum Place
    {
        ManifestLook,
        ManifestOpen,
        FileLook,
        FileOpen,
    }

    [Theory]
    [InlineData(Place.ManifestLook, Eio)]
    [InlineData(Place.ManifestOpen, Eio)]
    [InlineData(Place.ManifestOpen, BadMessage)]
    [InlineData(Place.FileLook, Eio)]
    [InlineData(Place.FileLook, NeedsCleaning)]
    [InlineData(Place.FileOpen, Eio)]
    public async Task Entry_makes_way_and_its_key_can_be_stored_again(Place place, int error)
    {
        var disk = new BadPlace();
        await using var cache = new TestCache(fileSystem: disk);
        await MakeAsync(cache.Root);
        if (place == Place.FileOpen)
        {
            // Only then is it opened.
            File.SetLastWriteTimeUtc(cache.PathOf(Name), DateTime.UtcNow.AddMinutes(-1));
        }

        cache.Layer().Directory.EnsureOpen();
        disk.Spoil(cache, place, error);

        cache.TryLease(Name, out var reason).Should().BeNull();

        reason.Code.Should().Be(CacheReason.Fault);
        cache.Log.Of(425).Should().ContainSingle();
        Directory.EnumerateDirectories(cache.Layer().Directory.Quarantine).Should().BeEmpty("nothing is proven wrong");
        using var again = cache.Publish(Name, ("source.bin", Bytes.Random(6_000, 2)));
        again!.Manifest.TotalLength.Should().Be(6_000);
    }

    [Theory]
    [InlineData(Place.ManifestLook)]
    [InlineData(Place.ManifestOpen)]
    [InlineData(Place.FileLook)]
    [InlineData(Place.FileOpen)]
    public async Task Error_that_passes_takes_nothing_away(Place place)
    {
        var disk = new BadPlace();
        await using var cache = new TestCache(fileSystem: disk);
        await MakeAsync(cache.Root);
        if (place == Place.FileOpen)
        {
            File.SetLastWriteTimeUtc(cache.PathOf(Name), DateTime.UtcNow.AddMinutes(-1));
        }

        cache.Layer().Directory.EnsureOpen();
        disk.Spoil(cache, place, Eio);
        disk.Passes = true;

        using var lease = cache.TryLease(Name, out var reason);

        lease.Should().NotBeNull(reason.Text);
        disk.HasPassed.Should().BeTrue();
        if (place != Place.ManifestLook)
        {
            // A look at the manifest asks for no bytes.
            disk.Dropped.Should().Contain(Path.Combine(cache.Layer().Directory.Root, OwnNames.Marker), "the page cache gives what the disk may not");
        }

        cache.Log.Of(425).Should().BeEmpty();
    }

    [Fact]
    public async Task Entry_makes_way_where_the_layer_is_looked_through()
    {
        var disk = new BadPlace();
        await using var cache = new TestCache(fileSystem: disk);
        await MakeAsync(cache.Root);
        cache.Layer().Directory.EnsureOpen();
        disk.Spoil(cache, Place.ManifestOpen, Eio);

        new EntryIndex(cache.Layer().Entries).Read(DateTimeOffset.UtcNow, Entries.Pulse).Should().BeEmpty();

        Directory.Exists(cache.Layer().Entries.PathOf(Name)).Should().BeFalse();
        cache.Log.Of(425).Should().ContainSingle();
        cache.Log.Of(414).Should().BeEmpty();
    }

    [Theory]
    [InlineData(Place.ManifestOpen, false)]
    [InlineData(Place.ManifestOpen, true)]
    [InlineData(Place.FileLook, false)]
    [InlineData(Place.FileLook, true)]
    public async Task Entry_stays_where_the_disk_gives_nothing_at_all(Place place, bool goesMeanwhile)
    {
        var disk = new BadPlace();
        await using var cache = new TestCache(fileSystem: disk);
        await MakeAsync(cache.Root);
        cache.Layer().Directory.EnsureOpen();
        disk.Spoil(cache, place, Eio);
        disk.GivesNothing = !goesMeanwhile;
        disk.GivesOneMore = goesMeanwhile;

        cache.Invoking(static it => it.TryLease(Name, out _)).Should().Throw<IOException>().Which.HResult.Should().Be(Eio);
        new EntryIndex(cache.Layer().Entries).Read(DateTimeOffset.UtcNow, Entries.Pulse);

        Directory.Exists(cache.Layer().Entries.PathOf(Name)).Should().BeTrue();
        cache.Log.Of(425).Should().BeEmpty();
    }

    // By another process, so that nothing of it is remembered.
    private static async Task MakeAsync(string root)
    {
        await using var maker = new TestCache(root: root);
        maker.Put(Name, Bytes.Random(5_000, 1));
    }

    /// <summary>Somewhere below the entry, until that is moved away.</summary>
    private sealed class BadPlace : ForwardingFileSystem
    {
        private string? _entry;
        private string _path = "";
        private bool _isLook;
        private int _error;

        public bool GivesNothing { get; set; }

        public List<string> Dropped { get; } = [];

        public override void DropFromPageCache(string path) => Dropped.Add(path);

        /// <summary>The error comes once.</summary>
        public bool Passes { get; set; }

        public bool HasPassed => Passes && _entry is null;

        public void Spoil(TestCache cache, Place place, int error)
        {
            _path = place is Place.ManifestLook or Place.ManifestOpen ? cache.ManifestOf(Name) : cache.PathOf(Name);
            (_isLook, _error, _entry) = (place is Place.ManifestLook or Place.FileLook, error, cache.Layer().Entries.PathOf(Name));
        }

        public override FileFacts? Stat(string path) => _entry is not null && _isLook && path == _path ? throw Error() : base.Stat(path);

        /// <summary>The disk goes behind the layer's marker.</summary>
        public bool GivesOneMore { get; set; }

        public override SafeFileHandle OpenRead(string path)
        {
            var handle = Open(path);
            GivesNothing |= GivesOneMore && Path.GetFileName(path) == OwnNames.Marker;
            return handle;
        }

        private SafeFileHandle Open(string path) => _entry is not null && (GivesNothing || (!_isLook && path == _path)) ? throw Error() : base.OpenRead(path);

        public override bool TryRenameNoReplace(string source, string destination)
        {
            _entry = source == _entry ? null : _entry;
            return base.TryRenameNoReplace(source, destination);
        }

        private IOException Error()
        {
            _entry = Passes ? null : _entry;
            return new("cannot be read", _error);
        }
    }
}
