using SmartCache.Configuration;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Profiles;

/// <summary>The line of a miss names the cached profile that comes closest, and in what it differs.</summary>
public class ClosestProfileTests
{
    private const string Line = "-y -hide_banner -i {source} -map 0:v:0 -map 0:a:0? -c:v libx264 -preset fast -b:v 2800k -vf \"scale=1280:-2, fps=30\" -f hls {out}";

    [Theory]
    [InlineData("one element")]
    [InlineData("many elements")]
    [InlineData("one parameter")]
    [Trait("Found", "M34")]
    public async Task Options_are_told_apart_however_they_are_given(string how)
    {
        await using var cache = new TestCache();
        var encode = new Encodes(cache, how);
        await encode.MissAsync(Line.Replace("fast", "veryslow").Replace("libx264", "libx265").Replace("2800k", "900k"));
        await encode.MissAsync(Line.Replace("1280:-2", "1920:-2"));

        var line = await encode.MissAsync(Line);

        line.Should().Contain("-vf scale=1280:-2, fps=30 (cached: scale=1920:-2, fps=30)),").And.NotContain("-c:v").And.NotContain("-map").And.NotContain("-y");
    }

    [Fact]
    [Trait("Found", "M34")]
    public async Task Value_with_spaces_that_follows_its_option_is_one_value()
    {
        await using var cache = new TestCache();
        var encode = new Encodes(cache, "as they are");
        await encode.MissAsync(["-metadata", "title=a -b c", "-crf", "21"]);

        var line = await encode.MissAsync(["-metadata", "title=a -b d", "-crf", "21"]);

        line.Should().Contain("differs in -metadata title=a -b d (cached: title=a -b c)),");
    }

    [Fact]
    [Trait("Found", "M34")]
    public async Task Names_and_values_are_cut_and_what_differs_is_what_is_shown()
    {
        await using var cache = new TestCache();
        var encode = new Encodes(cache, "as they are");
        var filter = string.Join(',', Enumerable.Repeat("unsharp=5:5:1.0", 20));
        var name = "-" + new string('n', 500);
        await encode.MissAsync(["-vf", filter + ",scale=1280:-2", name, "1"]);

        var line = await encode.MissAsync(["-vf", filter + ",scale=1920:-2", name, "2"]);

        line.Should().Contain("920:-2").And.Contain("280:-2").And.NotContain(new string('n', 100));
        line.Length.Should().BeLessThan(600);
    }

    [Fact]
    [Trait("Found", "M34")]
    public async Task At_most_a_few_of_the_differences_are_named()
    {
        await using var cache = new TestCache();
        var encode = new Encodes(cache, "one element");
        await encode.MissAsync(string.Join(' ', Enumerable.Range(0, 40).Select(static i => $"-opt{i} {i}")));

        var line = await encode.MissAsync(string.Join(' ', Enumerable.Range(0, 40).Select(static i => $"-opt{i} other{i}")));

        line.Split("(cached:").Should().HaveCountLessThan(8);
        line.Should().Contain("and 34 more");
    }

    /// <summary>A file system that notes each look into a directory: in one of 200,000 entries that look takes 160 to 320 ms.</summary>
    [MountFact("mkfs.ext4")]
    [Trait("Found", "M30")]
    public async Task Layer_is_not_listed_for_a_text_in_a_log_line()
    {
        using var mount = Mount.Image("ext4", 64, "strictatime");
        await using var cache = new TestCache(settings => settings with { MinFreeSpace = new FreeSpaceFloor(0, null) }, root: mount.Path);
        var job = new TestJob(cache, new FakeDownloader(Bytes.Random(50_000)));
        var video = await job.DownloadAsync();
        await job.EncodeAsync(video);
        var root = Path.Combine(cache.Settings.Root, "profiles");
        var key = ProfileKey.From(video.Media!, await job.InnerEncoder.DescribeAsync(video.Media!, TestJob.Profile with { VideoBitrate = "3000k" }));
        var made = await cache.Manager.Suspicion.RecipesAsync(video.Media!, CancellationToken.None);
        var never = new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        Directory.SetLastAccessTimeUtc(root, never);

        (await cache.Manager.ProfileStore.ClosestAsync(key, made, CancellationToken.None)).Should().Contain("-b:v 3000k (cached: 2800k)");

        Directory.GetLastAccessTimeUtc(root).Should().Be(never);
        Directory.GetDirectories(root);
        Directory.GetLastAccessTimeUtc(root).Should().BeAfter(never, "the file system does note it");
    }

    /// <summary>A miss, and the line that says so.</summary>
    private sealed class Encodes(TestCache cache, string how)
    {
        private readonly FakeEncoder _inner = new();
        private int _encodes;

        public Task<string> MissAsync(string line) => how switch
        {
            "one element" => MissAsync([line]),
            "one parameter" => MissAsync(new EncodeRecipe { Parameters = new Dictionary<string, string> { ["args"] = line } }),
            _ => MissAsync([.. line.Split('"').SelectMany(static (part, index) => index % 2 == 1 ? [part] : part.Split(' ', StringSplitOptions.RemoveEmptyEntries))]),
        };

        public Task<string> MissAsync(IReadOnlyList<string> arguments) => MissAsync(new EncodeRecipe { Arguments = arguments });

        private async Task<string> MissAsync(EncodeRecipe recipe)
        {
            var path = cache.WorkPath("source.mp4");
            await File.WriteAllBytesAsync(path, Bytes.Random(20_000));
            var request = new EncodeRequest(new DownloadedVideo(path, 20_000), TestJob.Profile, cache.WorkPath($"out-{_encodes++}"))
            {
                Recipe = recipe with { EncoderVersion = "1", ExpectedDuration = _inner.Duration },
            };
            (await new CachingProfileEncoder(_inner, cache.Manager).EncodeAsync(request)).Outcome.Should().Be(CacheOutcome.Miss);
            await cache.Manager.FlushAsync();
            return cache.Log.Of(100).Last();
        }
    }
}
