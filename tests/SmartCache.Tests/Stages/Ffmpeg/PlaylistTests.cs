using SmartCache.FFMpegCore;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Stages.Ffmpeg;

/// <summary>Playlists as workers' encoders really leave them, in whole jobs of five attempts.</summary>
[Trait("Found", "M21")]
public sealed class PlaylistTests : IDisposable
{
    private readonly ScratchDirectory _scratch = new();
    private readonly string _video;

    public PlaylistTests() =>
        _video = MediaTool.Make(_scratch["video.mp4"], [.. MediaTool.Pictures(6), .. MediaTool.Sound(6), .. MediaTool.X264, "-g", "50"]);

    public void Dispose() => _scratch.Dispose();

    private static readonly Dictionary<string, (string[] Arguments, Action<string>? Afterwards)> Layouts = new()
    {
        ["plain"] = ([], null),

        // The examples.
        ["key elsewhere"] = (["-hls_key_info_file", "keyinfo"], null),
        ["base url"] = (["-hls_base_url", "https://cdn.example/v1/job/"], null),
        ["query"] = ([], static directory => Edit(directory, static line => line.EndsWith(".ts", StringComparison.Ordinal) ? line + "?v=abc" : line)),
        ["colon in a name"] = (["-strftime", "1", "-hls_segment_filename", "at_%H:%M:%S_$$.ts"], null),
        ["gap"] = ([], static directory =>
        {
            Edit(directory, static line => line == "index1.ts" ? "#EXT-X-GAP\nindex1.ts" : line);
            File.Delete(Path.Combine(directory, "index1.ts"));
        }),

        // What else the format and the containers allow.
        ["question mark in a name"] = (["-hls_segment_filename", "what?%d.ts"], null),
        ["number sign in a name"] = (["-hls_segment_filename", "part#%d.ts"], null),
        ["percent sign in a name"] = (["-hls_segment_filename", "100%%25_%d.ts"], null),
        ["blank in a name"] = (["-hls_segment_filename", "a b %d.ts"], null),
        ["escaped name"] = (["-hls_segment_filename", "a b %d.ts"], static directory => Edit(directory, static line => line.Replace(" ", "%20", StringComparison.Ordinal))),
        ["escaped name, base url and query"] = (
            ["-hls_segment_filename", "a b %d.ts"],
            static directory => Edit(directory, static line => line.StartsWith('a') ? "https://cdn.example/x/" + line.Replace(" ", "%20", StringComparison.Ordinal) + "?t=/a/b.ts#c" : line)),
        ["base url without a host"] = (["-hls_base_url", "/media/job/"], null),
        ["base url without a scheme"] = (["-hls_base_url", "//cdn.example/job/"], null),
        ["dot in front"] = (["-hls_base_url", "./"], null),
        ["up and down inside"] = ([], static directory =>
        {
            Directory.CreateDirectory(Path.Combine(directory, "sub"));
            File.Move(Path.Combine(directory, "index.m3u8"), Path.Combine(directory, "sub", "media.m3u8"));
            Edit(directory, static line => line.EndsWith(".ts", StringComparison.Ordinal) ? "../" + line : line, "sub/media.m3u8");
            File.WriteAllText(Path.Combine(directory, "index.m3u8"), "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1,CODECS=\"avc1,mp4a\"\nsub/media.m3u8\n");
        }),
        ["single file"] = (["-hls_flags", "single_file"], null),
        ["fragmented"] = (["-hls_segment_type", "fmp4"], null),
        ["session data and a steering server elsewhere"] = ([], static directory => Edit(
            directory,
            static line => line == "#EXTM3U"
                ? "#EXTM3U\n#EXT-X-SESSION-DATA:DATA-ID=\"a\",URI=\"https://cdn.example/data.json\"\n#EXT-X-CONTENT-STEERING:SERVER-URI=\"https://cdn.example/steer\"\n"
                    + "#EXT-X-DATERANGE:ID=\"ad\",START-DATE=\"2026-01-01T00:00:00Z\",X-ASSET-URI=\"https://ads.example/ad.m3u8\""
                : line)),
        ["a comment and an unknown tag with a URI in them"] = ([], static directory => Edit(
            directory, static line => line == "#EXTM3U" ? "#EXTM3U\n# URI=\"not-a-tag.ts\"\n#EXT-X-OURS:URI=\"ours.bin\"\n#EXT-X-MEDIA-SEQUENCES:URI=\"x\"" : line)),
        ["a key that names another URI in a quoted text"] = ([], static directory => Edit(
            directory, static line => line == "#EXTM3U" ? "#EXTM3U\n#EXT-X-KEY:METHOD=SAMPLE-AES,KEYFORMAT=\"a,URI=b\",URI=\"skd://key\"" : line)),
        ["another line end and a mark in front"] = ([], static directory =>
        {
            var path = Path.Combine(directory, "index.m3u8");
            File.WriteAllText(path, "\ufeff" + File.ReadAllText(path).Replace("\n", "\r\n", StringComparison.Ordinal));
        }),
    };

    public static TheoryData<string> Names => [.. Layouts.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Profile_of_a_job_of_five_attempts_is_encoded_once_and_comes_back_whole(string name)
    {
        var (arguments, afterwards) = Layouts[name];
        await using var cache = new TestCache(probe: new FfprobeSourceProbe());
        var job = new FfmpegJob(cache, _ => _video, new ScriptedEncoder([.. arguments.Select(Filled)], afterwards));

        var results = await job.TryFiveTimesAsync();

        job.Encodes.Should().Be(1, cache.Log.ToString());
        results.Select(result => result.Outcome).Should().Equal([CacheOutcome.Miss, .. Enumerable.Repeat(CacheOutcome.Hit, 4)]);
        TestJob.Tree(results[4].Directory).Should().BeEquivalentTo(TestJob.Tree(results[0].Directory));
    }

    [Fact]
    public async Task Key_that_lies_here_is_taken_along()
    {
        await using var cache = new TestCache(probe: new FfprobeSourceProbe());
        var job = new FfmpegJob(cache, _ => _video, new ScriptedEncoder(["-hls_key_info_file", Filled("keyinfo")], static directory =>
        {
            File.WriteAllBytes(Path.Combine(directory, "key.bin"), new byte[16]);
            Edit(directory, static line => line.Replace("https://keys.example/key?id=1", "key.bin", StringComparison.Ordinal));
        }));

        await job.TryAsync();
        var hit = await job.TryAsync();

        hit.Outcome.Should().Be(CacheOutcome.Hit);
        File.Exists(Path.Combine(hit.Directory, "key.bin")).Should().BeTrue();
    }

    [Theory]
    [InlineData("https://cdn.example/other/elsewhere.ts?token=s3cret", "'elsewhere.ts' is named by the playlist and is not in its directory")]
    [InlineData("../video.mp4", "not in its directory")]
    [InlineData("/etc/hostname", "not in its directory")]
    [InlineData("sub/../../video.mp4", "not in its directory")]
    [InlineData("%2e%2e/video.mp4", "not in its directory")]
    [InlineData("file:///etc/hostname", "not in its directory")]
    public async Task Variant_whose_segments_are_not_all_here_is_not_stored(string segment, string reason)
    {
        await using var cache = new TestCache(probe: new FfprobeSourceProbe());
        var job = new FfmpegJob(cache, _ => _video, new ScriptedEncoder([], directory => Edit(directory, line => line == "index1.ts" ? segment : line)));

        await job.TryAsync();

        cache.Entries("profiles").Should().BeEmpty();
        cache.Log.Of(201).Should().ContainSingle().Which.Should().Contain(reason).And.NotContain("s3cret");
    }

    [Theory]
    [InlineData("#EXT-X-MAP:URI=\"init.mp4\"")]
    [InlineData("#EXT-X-MAP:BYTERANGE=\"10@0\",URI=\"https://cdn.example/init.mp4\"")]
    public async Task Head_of_the_segments_must_be_here(string map)
    {
        await using var cache = new TestCache(probe: new FfprobeSourceProbe());
        var job = new FfmpegJob(cache, _ => _video, new ScriptedEncoder([], directory => Edit(directory, line => line == "#EXTM3U" ? "#EXTM3U\n" + map : line)));

        await job.TryAsync();

        cache.Entries("profiles").Should().BeEmpty();
        cache.Log.Of(201).Should().ContainSingle().Which.Should().Contain("'init.mp4'");
    }

    [Fact]
    public async Task Media_that_the_encoder_made_and_nobody_names_keeps_the_profile_out_and_named_as_an_extra_it_comes_back()
    {
        static void MakeSound(string directory) => File.WriteAllText(Path.Combine(directory, "sound.m4a"), "sound");
        await using var cache = new TestCache(probe: new FfprobeSourceProbe());
        var silent = new FfmpegJob(cache, _ => _video, new ScriptedEncoder([], MakeSound));
        var named = new FfmpegJob(cache, _ => _video, new ScriptedEncoder(["-start_number", "1"], MakeSound) { ExtraFiles = ["sound.m4a"] });

        await silent.TryAsync();
        cache.Entries("profiles").Should().BeEmpty();
        cache.Log.Of(201).Should().ContainSingle().Which.Should().Contain("UnreachedFiles").And.Contain("'sound.m4a'");
        await named.TryAsync(new EncodingProfile("named"));
        var hit = await named.TryAsync(new EncodingProfile("named"));

        hit.Outcome.Should().Be(CacheOutcome.Hit);
        File.Exists(Path.Combine(hit.Directory, "sound.m4a")).Should().BeTrue();
    }

    [Fact]
    public async Task Media_that_lay_there_before_is_no_reason_to_keep_a_profile_out()
    {
        await using var cache = new TestCache(probe: new FfprobeSourceProbe());
        foreach (var name in new[] { "source.mp4", "480p_00000.ts", "sub/old.ts" })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(cache.WorkPath("out-1/" + name))!);
            await File.WriteAllTextAsync(cache.WorkPath("out-1/" + name), "from before");
        }

        await new FfmpegJob(cache, _ => _video, new ScriptedEncoder([])).TryAsync();

        cache.Entries("profiles").Should().ContainSingle(cache.Log.ToString());
    }

    [Fact]
    public async Task Encodes_that_share_a_directory_at_the_same_time_do_not_keep_each_other_out()
    {
        await using var cache = new TestCache();
        using var bothBegan = new Barrier(2);
        var firstIsStored = new TaskCompletionSource();
        var inner = new FakeEncoder
        {
            Before = async (request, token) =>
            {
                await Task.Run(() => bothBegan.SignalAndWait(token), token);
                if (request.Profile.Name == "second")
                    await firstIsStored.Task;
            },
        };
        var encoder = new CachingProfileEncoder(inner, cache.Manager);
        var source = await TestJob.SourceAsync(cache);
        Task<EncodedProfile> Encode(string name, string below) =>
            encoder.EncodeAsync(new EncodeRequest(source, new EncodingProfile(name) { VideoBitrate = name }, cache.WorkPath("shared" + below)));

        var second = Encode("second", "/below");
        await Encode("first", "").Guarded();
        firstIsStored.SetResult();
        await second.Guarded();
        await cache.Manager.FlushAsync();

        cache.Entries("profiles").Should().HaveCount(2, cache.Log.ToString());
    }

    private string Filled(string argument)
    {
        if (argument != "keyinfo")
            return argument;
        File.WriteAllBytes(_scratch["key.bin"], new byte[16]);
        File.WriteAllText(_scratch["keyinfo"], $"https://keys.example/key?id=1\n{_scratch["key.bin"]}\n");
        return _scratch["keyinfo"];
    }

    private static void Edit(string directory, Func<string, string> line, string playlist = "index.m3u8")
    {
        var path = Path.Combine(directory, playlist);
        File.WriteAllText(path, string.Concat(File.ReadAllLines(path).Select(it => line(it) + "\n")));
    }
}
