using SmartCache.Abstractions;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Storage;

public class EntryCheckTests
{
    private const string Name = Entries.Name;
    private const int Quarantined = 410;

    [Theory]
    [InlineData("missing")]
    [InlineData("shorter")]
    [InlineData("longer")]
    [InlineData("other bytes")]
    public async Task Entry_that_is_not_what_its_manifest_says_is_quarantined_with_one_line(string damage)
    {
        await using var cache = new TestCache();
        cache.Put(Name, Bytes.Random(5_000));
        var path = cache.PathOf(Name);
        switch (damage)
        {
            case "missing":
                File.Delete(path);
                break;
            case "shorter":
                File.WriteAllBytes(path, Bytes.Random(4_999));
                break;
            case "longer":
                File.AppendAllText(path, "x");
                break;
            default:
                Entries.Overwrite(path, 4_000);
                break;
        }

        for (var i = 0; i < 3; i++)
        {
            cache.TryLease(Name, out _).Should().BeNull();
        }

        cache.Log.Of(Quarantined).Should().ContainSingle();
        Directory.EnumerateDirectories(cache.Layer().Directory.Quarantine).Should().ContainSingle();
        Directory.Exists(cache.Layer().Entries.PathOf(Name)).Should().BeFalse();
    }

    [Fact]
    public async Task Entry_with_another_time_and_the_right_bytes_is_a_hit_and_is_not_hashed_again()
    {
        await using var cache = new TestCache();
        cache.Put(Name, Bytes.Random(5_000));
        File.SetLastWriteTimeUtc(cache.PathOf(Name), DateTime.UtcNow.AddHours(-3));

        using (var lease = cache.TryLease(Name, out _))
        {
            lease.Should().NotBeNull();
        }

        // The refreshed manifest believes the new time: bytes changed behind its back are not looked at.
        Entries.FlipSilently(cache.PathOf(Name));
        using var again = cache.TryLease(Name, out _);
        again.Should().NotBeNull();
        cache.Log.Of(Quarantined).Should().BeEmpty();
    }

    [Fact]
    public async Task Quick_does_not_see_a_byte_whose_time_was_put_back_and_full_does()
    {
        await using var cache = new TestCache();
        cache.Put(Name, Bytes.Random(5_000));
        Entries.FlipSilently(cache.PathOf(Name), 2_500);
        using (var quick = cache.TryLease(Name, out _))
        {
            quick.Should().NotBeNull();
        }

        cache.Settings = cache.Settings with { Integrity = IntegrityLevel.Full };
        cache.TryLease(Name, out var reason).Should().BeNull();
        reason.Code.Should().Be(CacheReason.Damaged);
        cache.Log.Of(Quarantined).Should().ContainSingle();
    }

    [Fact]
    public async Task Holder_of_a_lease_learns_that_its_bytes_are_no_longer_what_they_were()
    {
        await using var cache = new TestCache();
        using var lease = cache.Publish(Name, ("source.bin", Bytes.Random(5_000)))!;
        lease.IsIntact(Entries.Pulse).Should().BeTrue();

        Entries.Overwrite(cache.PathOf(Name));

        lease.IsIntact(Entries.Pulse).Should().BeFalse();
        cache.TryLease(Name, out _).Should().BeNull();
        File.Exists(cache.PathOf(Name)).Should().BeTrue("what is leased stays where it is, also when it is wrong");
    }

    [Fact]
    public async Task Full_disk_does_not_cost_a_hit_whose_time_has_to_be_noted()
    {
        await using var cache = new TestCache();
        cache.Put(Name, Bytes.Random(5_000));
        File.SetLastWriteTimeUtc(cache.PathOf(Name), DateTime.UtcNow.AddHours(-3));

        // Nothing can be written beside it: the staging directory of this writer is gone.
        Directory.Delete(Directory.EnumerateDirectories(cache.Layer().Directory.Staging).Single(), recursive: true);

        using var lease = cache.TryLease(Name, out _);
        lease.Should().NotBeNull();
    }
}
