using SmartCache.Tests.Support;

namespace SmartCache.Tests.Storage;

public class PlantedFilesTests
{
    private const string Name = Entries.Name;
    private static readonly TimeSpan Generous = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData("giant")]
    [InlineData("fifo")]
    [InlineData("symlink")]
    [InlineData("directory")]
    [InlineData("empty")]
    public async Task Something_planted_as_manifest_costs_nothing_and_is_put_away(string kind)
    {
        await using var cache = new TestCache();
        cache.Put(Name, Bytes.Random(5_000));
        cache.Put(Entries.NameOf(1), Bytes.Random(5_000));
        Plant(cache, cache.ManifestOf(Name), kind);

        var allocated = await Task.Run(() =>
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            cache.TryLease(Name, out _).Should().BeNull();
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }).WaitAsync(Generous);

        allocated.Should().BeLessThan(1 << 20);
        cache.Names().Should().Equal(Entries.NameOf(1));
        cache.Publish(Name, ("source.bin", Bytes.Random(5_000)))!.Dispose();
        cache.TryLease(Name, out _)!.Dispose();
    }

    [Theory]
    [InlineData("giant")]
    [InlineData("fifo")]
    [InlineData("symlink")]
    [InlineData("directory")]
    [InlineData("empty")]
    public async Task Something_planted_as_manifest_does_not_keep_others_from_being_cleaned_up(string kind)
    {
        await using var cache = new TestCache();
        cache.Put(Name, Bytes.Random(5_000));
        cache.Put(Entries.NameOf(1), Bytes.Random(5_000));
        cache.SetLastAccess(Entries.NameOf(1), TimeSpan.FromDays(3));
        Plant(cache, cache.ManifestOf(Name), kind);

        var report = await cache.Manager.CleanupAsync().WaitAsync(Generous);

        report.ExpiredEntries.Should().Be(1);
        cache.Names().Should().BeEmpty();
        cache.Log.Of(400).Should().BeEmpty();
    }

    [Theory]
    [InlineData("giant")]
    [InlineData("fifo")]
    [InlineData("symlink")]
    [InlineData("directory")]
    [InlineData("empty")]
    public async Task Something_planted_as_payload_is_never_given_out(string kind)
    {
        await using var cache = new TestCache();
        cache.Put(Name, Bytes.Random(5_000));
        Plant(cache, cache.PathOf(Name), kind);

        await Task.Run(() => cache.TryLease(Name, out _).Should().BeNull()).WaitAsync(Generous);

        cache.Names().Should().BeEmpty();
        await cache.Manager.CleanupAsync().WaitAsync(Generous);
        cache.Log.Of(400).Should().BeEmpty();
    }

    private static void Plant(TestCache cache, string path, string kind)
    {
        var saved = cache.WorkPath("saved");
        File.Move(path, saved);
        switch (kind)
        {
            case "giant":
                using (var file = File.Create(path))
                {
                    file.SetLength(20L << 30);
                }

                break;
            case "empty":
                File.WriteAllBytes(path, []);
                break;
            case "fifo":
                Mount.Run("mkfifo", path);
                break;
            case "symlink":
                // To the very bytes: it is the link that is wrong.
                File.CreateSymbolicLink(path, saved);
                break;
            default:
                Directory.CreateDirectory(path);
                break;
        }
    }
}
