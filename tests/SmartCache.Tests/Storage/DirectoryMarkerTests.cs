using Microsoft.Extensions.Logging;
using SmartCache.Tests.Support;
using SmartCache.Tests.Uploads;

namespace SmartCache.Tests.Storage;

/// <summary>The cache works only in directories that were empty when it came, or that bear its marker. In any other it is off, says so once, and jobs run.</summary>
[Trait("Found", "M5")]
public class DirectoryMarkerTests
{
    private const string Marker = "CACHEDIR.TAG";
    private const string Signature = "Signature: 8a477f597d28d172789f06886806bc55";
    private const int Refused = 433;

    private static readonly UploadTarget _target = new("node", "v1");

    [Fact]
    public async Task Root_and_each_layer_bear_a_marker_that_backups_know_and_that_names_them()
    {
        await using var cache = new TestCache(settings => settings with { SourcesDirectory = settings.Root + "-elsewhere" });
        await cache.HitAsync();

        foreach (var (directory, name) in new[]
        {
            (cache.Settings.Root, "root"), (cache.Settings.SourcesDirectory, "sources"), (cache.Settings.ProfilesDirectory, "profiles"), (cache.Settings.UploadsDirectory, "uploads"),
        })
        {
            var lines = await File.ReadAllLinesAsync(Path.Combine(directory, Marker));
            lines[0].Should().Be(Signature);
            lines[1].Should().Be("# SmartCache: " + name);
        }
    }

    [Fact]
    public async Task Job_and_its_retry_in_a_directory_of_somebody_else_end_as_without_a_cache()
    {
        await using var cache = new TestCache();
        var owned = Owned.PlantIn(cache.Settings.Root);

        for (var attempt = 1; attempt <= 2; attempt++)
        {
            var job = new TestJob(cache, new FakeDownloader(UseOfACache.Video));
            var source = await job.DownloadAsync();
            var encoded = await job.EncodeAsync(source);
            var sent = await new ResumingIpfsUploader(new ScriptedUploader(_target), cache.Manager)
                .UploadAsync(new UploadRequest("job-1", encoded.Directory) { Profiles = [encoded], Target = _target });

            (await File.ReadAllBytesAsync(source.Path)).Should().Equal(UseOfACache.Video);
            Directory.GetFiles(encoded.Directory).Should().HaveCount(5);
            sent.RootCid.Should().Be("bafyroot");
            (source.Outcome, encoded.Outcome).Should().Be((CacheOutcome.Bypass, CacheOutcome.Bypass));
            sent.Outcome.Should().NotBe(CacheOutcome.Hit);
        }

        await cache.CleanAsync();
        owned.Changes().Should().BeEmpty();
        Directory.GetFiles(cache.Settings.Root, Marker, SearchOption.AllDirectories).Should().BeEmpty();
        cache.Log.Lines.Should().ContainSingle(line => line.Level == LogLevel.Error).Which.EventId.Should().Be(Refused);
        cache.Log.Of(Refused).Should().ContainSingle().Which.Should().Contain(cache.Settings.Root).And.Contain("Cache:Directory").And.NotContain("drm");
        cache.Log.Of(400).Should().BeEmpty("the one line says it");
    }

    [Fact]
    public async Task Names_of_somebody_else_in_a_cache_stay_whatever_it_cleans_up()
    {
        await using var cache = new TestCache(settings => settings with
        {
            MaxAge = TimeSpan.FromMinutes(1), UploadStateMaxAge = TimeSpan.FromMinutes(1), History = 1_000_000, MaxSize = 100_000_000,
        });
        await cache.HitAsync();
        var owned = Owned.PlantIn(cache.Settings.Root);

        await cache.CleanAsync();
        cache.Settings = cache.Settings with { MaxSize = 1_000, History = 1_000 };
        await cache.UseAsync();
        await cache.CleanAsync();

        owned.Changes().Should().BeEmpty();
        cache.Entries("sources").Should().BeEmpty("its own entries go");
        cache.Log.Of(Refused).Should().BeEmpty();
        cache.Log.Of(400).Should().BeEmpty();
    }

    [Theory]
    [InlineData("sources")]
    [InlineData("profiles")]
    [InlineData("uploads")]
    public async Task Location_of_somebody_else_switches_the_whole_cache_off_and_on_again_when_it_is_empty(string layer)
    {
        await using var cache = new TestCache(settings => layer switch
        {
            "sources" => settings with { SourcesDirectory = settings.Root + "-elsewhere" },
            "profiles" => settings with { ProfilesDirectory = settings.Root + "-elsewhere" },
            _ => settings with { UploadsDirectory = settings.Root + "-elsewhere" },
        });
        var place = cache.Settings.Root + "-elsewhere";
        Directory.CreateDirectory(place);
        await File.WriteAllTextAsync(Path.Combine(place, "thesis.json"), "precious");

        await cache.CleanAsync();
        (await cache.UseAsync()).Should().Be(CacheOutcome.Bypass);
        (await cache.UseAsync()).Should().Be(CacheOutcome.Bypass);

        cache.Entries("sources").Should().BeEmpty();
        Directory.GetFileSystemEntries(place).Should().ContainSingle();
        cache.Log.Of(Refused).Should().ContainSingle().Which.Should().Contain(place);
        cache.Log.Of(400).Should().BeEmpty();

        File.Delete(Path.Combine(place, "thesis.json"));
        await cache.CleanAsync();
        await cache.HitAsync();
        cache.Log.Of(Refused).Should().ContainSingle();
    }

    [Fact]
    public async Task Directory_of_another_layer_is_refused()
    {
        await using var first = new TestCache();
        await first.HitAsync();
        await using var cache = new TestCache(settings => settings with { SourcesDirectory = first.Settings.ProfilesDirectory });

        (await cache.UseAsync()).Should().Be(CacheOutcome.Bypass);

        cache.Log.Of(Refused).Should().ContainSingle().Which.Should().Contain("'sources'");
    }

    [Theory]
    [InlineData("")]
    [InlineData("Signature: 8a477f597d28d172789f06886806bc55\n# This file is a cache directory tag created by cargo.\n")]
    [InlineData("Signature: 00000000000000000000000000000000\n# SmartCache: root\n")]
    [InlineData("Signature: 8a477f597d28d172789f06886806bc55\n# SmartCache: root of all evil\n")]
    public async Task Marker_of_another_program_is_none(string content)
    {
        await using var cache = new TestCache();
        Directory.CreateDirectory(cache.Settings.Root);
        await File.WriteAllTextAsync(Path.Combine(cache.Settings.Root, Marker), content);

        (await cache.UseAsync()).Should().Be(CacheOutcome.Bypass);

        Directory.GetFileSystemEntries(cache.Settings.Root).Should().ContainSingle();
        cache.Log.Of(Refused).Should().ContainSingle();
    }

    [Fact]
    public async Task Cache_whose_marker_is_exchanged_under_the_running_worker_is_off_until_it_is_back()
    {
        await using var cache = new TestCache();
        await cache.HitAsync();
        var marker = Path.Combine(cache.Settings.Root, Marker);
        var own = await File.ReadAllTextAsync(marker);
        await File.WriteAllTextAsync(marker, Signature + "\n# This file is a cache directory tag created by cargo.\n");

        await cache.Manager.CleanupAsync();
        (await cache.UseAsync()).Should().Be(CacheOutcome.Bypass);
        (await cache.UseAsync()).Should().Be(CacheOutcome.Bypass);
        await cache.Manager.CleanupAsync();

        cache.Log.Of(Refused).Should().ContainSingle();
        await File.WriteAllTextAsync(marker, own);
        await cache.HitAsync();
    }

    [Fact]
    public async Task Cache_of_before_the_marker_is_refused()
    {
        await using var cache = new TestCache();
        await cache.HitAsync();
        await using var next = new TestCache(_ => cache.Settings);
        foreach (var marker in Directory.GetFiles(cache.Settings.Root, Marker, SearchOption.AllDirectories))
        {
            File.Delete(marker);
        }

        (await next.UseAsync()).Should().Be(CacheOutcome.Bypass);

        next.Log.Of(Refused).Should().ContainSingle().Which.Should().Contain("delete it");
    }

    [Fact]
    public async Task Marker_that_somebody_deleted_under_the_running_worker_is_made_again_by_its_clean_up()
    {
        await using var cache = new TestCache();
        await cache.HitAsync();
        var markers = Directory.GetFiles(cache.Settings.Root, Marker, SearchOption.AllDirectories);
        markers.ToList().ForEach(File.Delete);

        await cache.Manager.CleanupAsync();

        Directory.GetFiles(cache.Settings.Root, Marker, SearchOption.AllDirectories).Should().Contain(markers.Where(marker => !marker.Contains("/quota/")));
        await using var next = new TestCache(_ => cache.Settings);
        (await next.UseAsync()).Should().Be(CacheOutcome.Hit);
    }

    [Fact]
    public async Task Directory_that_somebody_else_put_in_the_place_of_the_removed_cache_is_refused()
    {
        await using var cache = new TestCache();
        await cache.HitAsync();
        Directory.Delete(cache.Settings.Root, recursive: true);
        var owned = Owned.PlantIn(cache.Settings.Root);

        (await cache.UseAsync()).Should().Be(CacheOutcome.Bypass);
        await cache.CleanAsync();

        owned.Changes().Should().BeEmpty();
        cache.Log.Of(Refused).Should().ContainSingle();
    }
}
