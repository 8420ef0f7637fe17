using SmartCache.Maintenance;
using SmartCache.Storage;
using SmartCache.Storage.Platform;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Storage;

/// <summary>An entry is found wrong, and before it can be moved away another process has done so and published a good one under its name.</summary>
public class ExchangedEntryTests
{
    private const string Name = Entries.Name;
    private const int Quarantined = 410;

    public enum Finder
    {
        LookUp,
        Verification,
        Recheck,
        Index,
    }

    [Fact, Trait("Found", "M3f")]
    public async Task Doubt_of_another_process_outlives_the_new_times_that_a_look_up_writes_down()
    {
        var files = new CallBeforeFlush();
        await using var cache = new TestCache(fileSystem: files);
        await using var other = new TestCache(root: cache.Root);
        cache.Put(Name, Bytes.Random(5_000));
        File.SetLastWriteTimeUtc(cache.PathOf(Name), DateTime.UtcNow.AddMinutes(-1));
        other.Layer().Directory.EnsureOpen();
        files.Call = () => other.Layer().Entries.Doubt(Name).Should().BeTrue();

        cache.TryLease(Name, out _)!.Dispose();

        files.Call.Should().BeNull("the doubt came while the bytes were read");
        ManifestFormat.Parse(File.ReadAllBytes(cache.ManifestOf(Name))).Modified.Should().Equal(Manifest.NoWitness);
        other.TryLease(Name, out _)!.Dispose();
        ManifestFormat.Parse(File.ReadAllBytes(cache.ManifestOf(Name))).Modified.Should().NotContain(Manifest.NoWitness, "every byte was read after the doubt");
        Directory.EnumerateFiles(Path.Combine(cache.Layer().Directory.Root, "locks"), "manifest-*").Should().BeEmpty();
    }

    [Theory]
    [InlineData(Finder.LookUp, false)]
    [InlineData(Finder.LookUp, true)]
    [InlineData(Finder.Verification, false)]
    [InlineData(Finder.Verification, true)]
    [InlineData(Finder.Recheck, false)]
    [InlineData(Finder.Index, false)]
    [InlineData(Finder.Index, true)]
    public async Task Good_entry_published_since_the_wrong_one_was_read_stays(Finder finder, bool isLeased)
    {
        var files = new ExchangeBeforeRemoval();
        await using var cache = new TestCache(fileSystem: files);
        await using var other = new TestCache(root: cache.Root);
        var good = Bytes.Random(5_000, 2);
        var hash = Bytes.Sha256(good);
        var name = finder == Finder.Recheck ? ContentName.Of(hash) : Name;
        cache.Put(name, Bytes.Random(5_000, 1));
        SpoilFor(finder, cache, name);
        EntryLease? held = null;
        files.Exchange = () =>
        {
            // The other process empties the trash too, so that the directory's number is free for the next one.
            other.Layer().Entries.Remove(name, EntryRemoval.Trash, "test").Should().BeTrue();
            Directory.Delete(Directory.EnumerateDirectories(other.Layer().Directory.Trash).Single(), recursive: true);
            held = other.Publish(name, ("source.bin", good));
            if (!isLeased)
            {
                held!.Dispose();
            }
        };

        Find(finder, cache, name, hash);

        files.Exchange.Should().BeNull("the other process came in between");
        using (var lease = other.TryLease(name, out var reason))
        {
            lease.Should().NotBeNull(reason.Text);
            lease!.IsIntact(Entries.Pulse).Should().BeTrue();
        }

        held!.Dispose();
        other.Layer().Entries.Exists(name).Should().BeTrue("nor is it condemned");
        Directory.EnumerateDirectories(cache.Layer().Directory.Quarantine).Should().BeEmpty();
        cache.Log.Of(Quarantined).Should().BeEmpty();
    }

    private static void SpoilFor(Finder finder, TestCache cache, string name)
    {
        switch (finder)
        {
            case Finder.LookUp:
                Entries.Overwrite(cache.PathOf(name));
                break;
            case Finder.Index:
                File.WriteAllText(cache.ManifestOf(name), "{");
                break;
            default:
                Entries.FlipSilently(cache.PathOf(name));
                break;
        }
    }

    private static void Find(Finder finder, TestCache cache, string name, string hash)
    {
        switch (finder)
        {
            case Finder.LookUp:
                cache.TryLease(name, out _).Should().BeNull();
                break;
            case Finder.Verification:
                new CacheVerifier(cache.Layer()).VerifyOneAsync(name, CancellationToken.None).AsTask().Wait(TimeSpan.FromMinutes(1)).Should().BeTrue();
                break;
            case Finder.Recheck:
                cache.Manager.SourceStore.Recheck(hash, Entries.Pulse);
                break;
            default:
                new EntryIndex(cache.Layer().Entries).Read(DateTimeOffset.UtcNow, Entries.Pulse);
                break;
        }
    }

    /// <summary>Calls in another process, once, when an entry's lock is about to be taken exclusively.</summary>
    private sealed class ExchangeBeforeRemoval : ForwardingFileSystem
    {
        public Action? Exchange { get; set; }

        public override FileLock? TryLock(string path, bool exclusive, UnixFileMode mode)
        {
            if (exclusive && Path.GetFileName(path).StartsWith("entry-", StringComparison.Ordinal) && Exchange is { } exchange)
            {
                Exchange = null;
                exchange();
            }

            return base.TryLock(path, exclusive, mode);
        }
    }

    /// <summary>Something happens while a look-up makes sure of an entry's bytes.</summary>
    private sealed class CallBeforeFlush : ForwardingFileSystem
    {
        public Action? Call { get; set; }

        public override void Flush(string path)
        {
            var call = Path.GetFileName(path) == "source.bin" ? Call : null;
            Call = call is null ? Call : null;
            call?.Invoke();
            base.Flush(path);
        }
    }
}
