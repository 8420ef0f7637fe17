using SmartCache.Abstractions;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Profiles;

public class ProfileCacheTests
{
    private static readonly SourceMedia Source = new() { ContentHash = Bytes.Sha256([1]), Length = 20_000 };
    private static readonly EncodeRecipe Recipe = new() { Arguments = ["-c", "copy"], EncoderVersion = "1", ExpectedDuration = TimeSpan.FromSeconds(8) };
    private readonly FakeEncoder _encoder = new();

    [Fact]
    public async Task GetOrAdd_makes_once_and_TryGet_finds_it()
    {
        await using var cache = new TestCache();
        var profiles = cache.Manager.Profiles;
        var key = ProfileKey.From(Source, Recipe);
        (await profiles.TryGetAsync(key)).Should().BeNull();

        await using (var made = await profiles.GetOrAddAsync(key, MakeAsync))
        {
            made.Outcome.Should().Be(CacheOutcome.Miss);
        }

        await using var hit = await profiles.GetOrAddAsync(key, MakeAsync);
        await using var found = await profiles.TryGetAsync(key);
        (hit.Outcome, found!.Outcome).Should().Be((CacheOutcome.Hit, CacheOutcome.Hit));
        _encoder.Calls.Should().Be(1);
        (await found.MaterializeAsync(cache.WorkPath("out"))).Should().BeDefined();
        TestJob.Tree(cache.WorkPath("out")).Should().HaveCount(5);
        (await found.IsIntactAsync()).Should().BeTrue();
    }

    [Fact]
    public async Task GetOrAdd_replaces_what_Accept_refuses()
    {
        await using var cache = new TestCache();
        var key = ProfileKey.From(Source, Recipe);
        await (await cache.Manager.Profiles.GetOrAddAsync(key, MakeAsync)).DisposeAsync();
        _encoder.SegmentBytes = 5_000;

        var picky = ProfileKey.From(Source, Recipe with { Accept = static _ => false });
        await using (var anew = await cache.Manager.Profiles.GetOrAddAsync(picky, MakeAsync))
        {
            new FileInfo(Path.Combine(anew.Directory, "seg_00000.ts")).Length.Should().Be(5_000);
        }

        await using var replaced = await cache.Manager.Profiles.TryGetAsync(key);
        new FileInfo(Path.Combine(replaced!.Directory, "seg_00000.ts")).Length.Should().Be(5_000);
    }

    [Fact]
    public async Task What_produce_throws_comes_out_and_nothing_stays()
    {
        await using var cache = new TestCache();
        var key = ProfileKey.From(Source, Recipe);

        await cache.Manager.Profiles.Awaiting(it => it.GetOrAddAsync(key, static (_, _) => throw new InvalidOperationException("disk on fire")))
            .Should().ThrowAsync<InvalidOperationException>().WithMessage("disk on fire");

        (await cache.Manager.Profiles.TryGetAsync(key)).Should().BeNull();
    }

    [Theory]
    [InlineData("off")]
    [InlineData("no version")]
    [InlineData("empty version")]
    [InlineData("not cacheable")]
    [InlineData("not whole")]
    public async Task What_cannot_be_kept_is_private_and_goes_with_the_lease(string why)
    {
        await using var cache = new TestCache(settings => why == "off" ? settings with { ProfilesMode = LayerMode.Off } : settings);
        _encoder.WritesEnd = why != "not whole";
        var key = ProfileKey.From(Source, Recipe with
        {
            Cacheable = why != "not cacheable",
            EncoderVersion = why switch { "no version" => null, "empty version" => "", _ => "1" },
        });

        var made = await cache.Manager.Profiles.GetOrAddAsync(key, MakeAsync);

        made.Outcome.Should().Be(CacheOutcome.Bypass);
        Directory.Exists(made.Directory).Should().BeTrue();
        await made.MaterializeAsync(cache.WorkPath("out"));
        File.Exists(cache.WorkPath("out/seg_00000.ts")).Should().BeTrue();
        await made.DisposeAsync();
        await made.DisposeAsync();
        Directory.Exists(made.Directory).Should().BeFalse();
        cache.Entries("profiles").Should().BeEmpty();
    }

    [Fact]
    public async Task Add_keeps_a_profile_that_exists_and_Remove_takes_it_away_from_look_ups_and_not_from_leases()
    {
        await using var cache = new TestCache();
        var key = ProfileKey.From(Source, Recipe);
        var mine = await MakeAsync(cache.WorkPath("mine"), CancellationToken.None);

        var lease = await cache.Manager.Profiles.AddAsync(key, mine, TimeSpan.FromSeconds(9));
        (await cache.Manager.Profiles.RemoveAsync(key)).Should().BeTrue();

        (await cache.Manager.Profiles.TryGetAsync(key)).Should().BeNull();
        File.Exists(Path.Combine(lease!.Directory, "index.m3u8")).Should().BeTrue();
        await lease.DisposeAsync();
        await lease.DisposeAsync();
        Directory.Exists(lease.Directory).Should().BeFalse();
        (await cache.Manager.Profiles.RemoveAsync(key)).Should().BeFalse();
        Directory.GetFiles(mine.Directory).Should().HaveCount(5);
    }

    [Fact]
    public async Task IsIntact_notices_a_write_in_place()
    {
        await using var cache = new TestCache();
        await using var lease = await cache.Manager.Profiles.GetOrAddAsync(ProfileKey.From(Source, Recipe), MakeAsync);

        Spoil.InPlace(Path.Combine(lease.Directory, "seg_00001.ts"));

        (await lease.IsIntactAsync()).Should().BeFalse();
    }

    private Task<EncodedProfile> MakeAsync(string directory, CancellationToken cancellationToken) =>
        _encoder.EncodeAsync(new EncodeRequest(new DownloadedVideo("/nowhere", 1), TestJob.Profile, directory), null, cancellationToken);
}
