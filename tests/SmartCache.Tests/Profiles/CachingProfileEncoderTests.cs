using SmartCache.Tests.Support;

namespace SmartCache.Tests.Profiles;

public class CachingProfileEncoderTests
{
    private static readonly EncodingProfile Profile = new("720p") { VideoBitrate = "2800k", Resolution = "1280x720" };

    [Fact]
    public async Task Second_encode_of_a_profile_is_a_hit_with_the_same_files()
    {
        await using var cache = new TestCache();
        var inner = new FakeEncoder();
        var encoder = new CachingProfileEncoder(inner, cache.Manager);
        var source = await SourceAsync(cache);

        var first = await encoder.EncodeAsync(new EncodeRequest(source, Profile, cache.WorkPath("one")));
        await cache.Manager.FlushAsync();
        var expected = Tree(first.Directory);
        Directory.Delete(first.Directory, recursive: true);
        var second = await encoder.EncodeAsync(new EncodeRequest(source, Profile, cache.WorkPath("two")));

        inner.Calls.Should().Be(1);
        first.Outcome.Should().Be(CacheOutcome.Miss);
        second.Outcome.Should().Be(CacheOutcome.Hit);
        Tree(second.Directory).Should().Equal(expected);
        second.Playlist.Should().Be("index.m3u8");
        second.ActualEncoder.Should().Be("fake");
        second.Properties.Should().Contain("width", "320");
        second.ContentHash.Should().NotBeNull().And.Be(first.ContentHash);
        cache.Log.Of(400).Should().BeEmpty();
    }

    [Fact]
    public async Task Encoder_that_makes_a_directory_of_its_own_finds_a_hit_in_the_same_place()
    {
        await using var cache = new TestCache();
        var encoder = new CachingProfileEncoder(new FakeEncoder { Below = "hls/720p" }, cache.Manager);
        var source = await SourceAsync(cache);

        var first = await encoder.EncodeAsync(new EncodeRequest(source, Profile, cache.WorkPath("one")));
        await cache.Manager.FlushAsync();
        var second = await encoder.EncodeAsync(new EncodeRequest(source, Profile, cache.WorkPath("two")));

        second.Outcome.Should().Be(CacheOutcome.Hit);
        second.Directory.Should().Be(Path.Combine(cache.WorkPath("two"), "hls/720p"));
        TestJob.Tree(cache.WorkPath("two")).Should().Equal(TestJob.Tree(cache.WorkPath("one")));
        (second.Playlist, second.ContentHash).Should().Be((first.Playlist, first.ContentHash));
    }

    [Fact]
    public async Task Profile_that_nobody_can_judge_is_not_waited_for()
    {
        await using var cache = new TestCache();
        var twins = 0;
        var bothEncode = new TaskCompletionSource();
        var inner = new FakeEncoder
        {
            ExpectedDuration = null,
            Before = (_, _) =>
            {
                if (Interlocked.Increment(ref twins) == 2)
                {
                    bothEncode.TrySetResult();
                }

                return bothEncode.Task.Guarded();
            },
        };
        var encoder = new CachingProfileEncoder(inner, cache.Manager);
        var source = await SourceAsync(cache);
        var waiting = new ProgressSignal("waiting");

        var one = encoder.EncodeAsync(new EncodeRequest(source, Profile, cache.WorkPath("one")), waiting);
        var two = encoder.EncodeAsync(new EncodeRequest(source, Profile, cache.WorkPath("two")), waiting);
        await Task.WhenAny(bothEncode.Task.Guarded(), waiting.Seen);
        bothEncode.TrySetResult();
        await Task.WhenAll(one, two);

        waiting.Phases.Should().NotContain("waiting", "what is never stored is not worth waiting for");
    }

    [Fact]
    public async Task Miss_names_the_closest_entry_and_the_parameters_that_differ()
    {
        await using var cache = new TestCache();
        var encoder = new CachingProfileEncoder(new FakeEncoder(), cache.Manager);
        var source = await SourceAsync(cache);
        await encoder.EncodeAsync(new EncodeRequest(source, Profile, cache.WorkPath("one")));
        await cache.Manager.FlushAsync();

        await encoder.EncodeAsync(new EncodeRequest(source, Profile with { VideoBitrate = "3000k" }, cache.WorkPath("two")));

        cache.Log.Of(100).Last().Should().Contain("-b:v 3000k (cached: 2800k)").And.NotContain("-s ");
    }

    [Theory]
    [InlineData("")]
    [InlineData("not a hash")]
    [InlineData("ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789")]
    public async Task Hash_that_makes_no_key_is_encoded_past_the_cache(string hash)
    {
        await using var cache = new TestCache();
        var inner = new FakeEncoder();
        var encoder = new CachingProfileEncoder(inner, cache.Manager);
        var source = (await SourceAsync(cache)) with { Media = new SourceMedia { ContentHash = hash, Length = 20_000 } };

        await encoder.EncodeAsync(new EncodeRequest(source, Profile, cache.WorkPath("one")));

        inner.Calls.Should().Be(1);
    }

    private static async Task<DownloadedVideo> SourceAsync(TestCache cache)
    {
        var path = cache.WorkPath("source.mp4");
        await File.WriteAllBytesAsync(path, Bytes.Random(20_000));
        return new DownloadedVideo(path, 20_000);
    }

    private static Dictionary<string, string> Tree(string directory) =>
        Directory.EnumerateFiles(directory).ToDictionary(path => Path.GetFileName(path), Bytes.Sha256OfFile);
}
