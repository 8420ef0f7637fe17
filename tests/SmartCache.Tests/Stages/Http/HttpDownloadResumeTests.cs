using System.Text.Json.Nodes;
using SmartCache.Stages;
using SmartCache.Stages.Http;

namespace SmartCache.Tests.Stages.Http;

public sealed class HttpDownloadResumeTests : IDisposable
{
    private static readonly byte[] s_video = Scripts.Video(200_000);

    private readonly DownloadBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task Connection_closed_at_90_percent_is_continued_in_the_same_call()
    {
        await using var server = new ScriptedServer(Scripts.Honest(s_video, limit: 180_000), Scripts.Honest(s_video));

        var result = await _bench.Downloader().DownloadAsync(_bench.Request(server.Url));

        _bench.Result().Should().Equal(s_video);
        result.Length.Should().Be(s_video.Length);
        server.BodyBytes.Should().Be(s_video.Length, "no byte crosses the wire twice");
        server.Exchanges[1].Headers["Range"].Should().Be("bytes=180000-");
        server.Exchanges[1].Headers["If-Range"].Should().Be("\"v1\"");
    }

    [Fact]
    public async Task Partial_is_continued_by_another_instance()
    {
        await using var server = new ScriptedServer(Scripts.Honest(s_video, limit: 150_000), Scripts.Honest(s_video));

        var first = () => _bench.Downloader(attempts: 1).DownloadAsync(_bench.ResumableRequest(server.Url));
        await first.Should().ThrowAsync<HttpDownloadException>();
        _bench.CacheEntries.Should().Equal("partial", "partial.json");
        _bench.Scratch.Entries("out").Should().BeEmpty();

        await _bench.Downloader(attempts: 1).DownloadAsync(_bench.ResumableRequest(server.Url));

        _bench.Result().Should().Equal(s_video);
        server.BodyBytes.Should().Be(s_video.Length);
        _bench.CacheEntries.Should().BeEmpty();
    }

    [Theory]
    [Trait("Found", "M23b")]
    [InlineData("n")]
    [InlineData("\u00e9\U0001f3ac")]
    public async Task Names_as_long_as_names_can_be_are_downloaded_to_and_continued(string letters)
    {
        await using var server = new ScriptedServer(Scripts.Honest(s_video, limit: 150_000), Scripts.Honest(s_video), Scripts.Honest(s_video));
        var (file, partial) = (_bench.Scratch["out/" + Longest(letters + "a")], _bench.Scratch["cache/" + Longest(letters + "b")]);
        var request = new DownloadRequest(server.Url, file) { PartialPath = partial };
        var first = () => _bench.Downloader(attempts: 1).DownloadAsync(request);
        await first.Should().ThrowAsync<HttpDownloadException>();

        await _bench.Downloader(attempts: 1).DownloadAsync(request);
        await _bench.Downloader(attempts: 1).DownloadAsync(request with { DestinationPath = _bench.Scratch["out/" + Longest(letters + "c")], PartialPath = null });

        (await File.ReadAllBytesAsync(file)).Should().Equal(s_video);
        server.BodyBytes.Should().Be(s_video.Length * 2, "no byte crosses the wire twice");
        _bench.CacheEntries.Should().BeEmpty();
        _bench.Scratch.Entries("out").Should().HaveCount(2);

        static string Longest(string letters)
        {
            var name = letters;
            while (System.Text.Encoding.UTF8.GetByteCount(name + letters) <= 255)
            {
                name += letters;
            }

            return name.PadRight(name.Length + 255 - System.Text.Encoding.UTF8.GetByteCount(name), 'x');
        }
    }

    [Fact]
    public async Task Partial_of_a_killed_process_is_continued()
    {
        await using var server = new ScriptedServer(Scripts.Honest(s_video));
        LeaveOrphan(server.Url, 120_000);

        await _bench.Downloader().DownloadAsync(_bench.ResumableRequest(server.Url));

        _bench.Result().Should().Equal(s_video);
        server.BodyBytes.Should().Be(s_video.Length - 120_000);
        _bench.CacheEntries.Should().BeEmpty();
    }

    [Fact]
    public async Task Partial_that_is_whole_already_costs_one_byte()
    {
        await using var server = new ScriptedServer(Scripts.Honest(s_video));
        LeaveOrphan(server.Url, s_video.Length);

        await _bench.Downloader().DownloadAsync(_bench.ResumableRequest(server.Url));

        _bench.Result().Should().Equal(s_video);
        server.BodyBytes.Should().Be(1);
    }

    [Fact]
    public async Task Partial_that_another_attempt_writes_into_is_left_alone()
    {
        await using var server = new ScriptedServer(Scripts.Honest(s_video));
        Directory.CreateDirectory(Path.GetDirectoryName(_bench.PartialPath)!);
        using var live = WorkFile.Create(_bench.PartialPath, Claims(server.Url), survives: true);
        live.Stream.Write(s_video.AsSpan(0, 1000));

        await _bench.Downloader().DownloadAsync(_bench.ResumableRequest(server.Url));

        _bench.Result().Should().Equal(s_video);
        server.Exchanges.Should().ContainSingle().Which.Offset.Should().BeNull();
        File.Exists(live.Path).Should().BeTrue();
        live.Stream.Length.Should().Be(1000);
    }

    [Theory]
    [InlineData("identity", "other")]
    [InlineData("boot", "another run of the kernel")]
    [InlineData("entityTag", "W/\"v1\"")]
    [InlineData("entityTag", "not a tag")]
    [InlineData("version", 2)]
    [InlineData("length", 1)]
    [InlineData("modifiedTicks", 1)]
    public async Task Partial_whose_sidecar_does_not_fit_is_not_continued(string name, object value)
    {
        await using var server = new ScriptedServer(Scripts.Honest(s_video, limit: 150_000), Scripts.Honest(s_video));
        var first = () => _bench.Downloader(attempts: 1).DownloadAsync(_bench.ResumableRequest(server.Url));
        await first.Should().ThrowAsync<HttpDownloadException>();
        var sidecar = _bench.PartialPath + ".json";
        var json = JsonNode.Parse(await File.ReadAllTextAsync(sidecar))!;
        json[name].Should().NotBeNull("the test changes a member that is there");
        json[name] = JsonValue.Create(value);
        await File.WriteAllTextAsync(sidecar, json.ToJsonString());

        await _bench.Downloader().DownloadAsync(_bench.ResumableRequest(server.Url));

        _bench.Result().Should().Equal(s_video);
        server.Exchanges[1].Offset.Should().BeNull();
        _bench.CacheEntries.Should().BeEmpty();
    }

    [Fact]
    public async Task Server_that_ignores_ranges_is_read_from_the_beginning()
    {
        await using var server = new ScriptedServer(Scripts.WithoutRanges(s_video, limit: 150_000), Scripts.WithoutRanges(s_video));

        await _bench.Downloader().DownloadAsync(_bench.Request(server.Url));

        _bench.Result().Should().Equal(s_video);
        server.Exchanges[1].Offset.Should().Be(150_000);
        server.BodyBytes.Should().Be(150_000 + s_video.Length);
    }

    [Theory]
    [InlineData("bytes 0-199999/200000")]
    [InlineData("bytes 149999-199999/200000")]
    [InlineData("bytes 150001-199999/200000")]
    [InlineData("bytes 150000-199998/200000")]
    [InlineData("bytes 150000-199999/200001")]
    [InlineData("bytes 150000-199999/*")]
    [InlineData("bytes */200000")]
    [InlineData("items 150000-199999/200000")]
    public async Task Reply_206_with_another_range_is_not_used(string contentRange)
    {
        // The body is as long as what is missing, so that only the header tells.
        var body = Scripts.Video(50_000, seed: 9);
        await using var server = new ScriptedServer(
            Scripts.Honest(s_video, limit: 150_000), Scripts.Partial(contentRange, body), Scripts.Honest(s_video));

        await _bench.Downloader().DownloadAsync(_bench.Request(server.Url));

        _bench.Result().Should().Equal(s_video);
        server.Exchanges.Should().HaveCount(3);
        server.Exchanges[2].Offset.Should().BeNull();
    }

    [Fact]
    public async Task File_changed_between_the_attempts_is_downloaded_anew()
    {
        var changed = Scripts.Video(s_video.Length, seed: 2);
        await using var server = new ScriptedServer(Scripts.Honest(s_video, limit: 150_000), Scripts.Honest(changed, tag: "\"v2\""));
        var first = () => _bench.Downloader(attempts: 1).DownloadAsync(_bench.ResumableRequest(server.Url));
        await first.Should().ThrowAsync<HttpDownloadException>();

        await _bench.Downloader().DownloadAsync(_bench.ResumableRequest(server.Url));

        _bench.Result().Should().Equal(changed);
    }

    [Theory]
    [InlineData("\"v2\"")]
    [InlineData("W/\"v1\"")]
    public async Task Server_that_overlooks_IfRange_and_has_another_version_is_noticed(string tag)
    {
        var changed = Scripts.Video(s_video.Length, seed: 2);
        await using var server = new ScriptedServer(
            Scripts.Honest(s_video, limit: 150_000),
            Scripts.Partial("bytes 150000-199999/200000", changed[150_000..], tag),
            Scripts.Honest(changed, tag: "\"v2\""));

        await _bench.Downloader().DownloadAsync(_bench.Request(server.Url));

        _bench.Result().Should().Equal(changed);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("W/\"v1\"")]
    public async Task Without_a_strong_entity_tag_nothing_is_continued_or_kept(string? tag)
    {
        await using var server = new ScriptedServer(Scripts.Honest(s_video, tag, limit: 150_000), Scripts.Honest(s_video, tag));
        var first = () => _bench.Downloader(attempts: 1).DownloadAsync(_bench.ResumableRequest(server.Url));
        await first.Should().ThrowAsync<HttpDownloadException>();
        _bench.CacheEntries.Should().BeEmpty();

        await _bench.Downloader().DownloadAsync(_bench.ResumableRequest(server.Url));

        _bench.Result().Should().Equal(s_video);
        server.Exchanges.Should().OnlyContain(exchange => exchange.Offset == null);
    }

    [Fact]
    public async Task Known_content_is_continued_without_an_entity_tag_and_proven_by_its_hash()
    {
        var hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(s_video));
        await using var server = new ScriptedServer(Scripts.Honest(s_video, tag: null, limit: 150_000), Scripts.Honest(s_video, tag: null));

        await _bench.Downloader().DownloadAsync(_bench.Request(server.Url) with { ContentId = "sha256:" + hash });

        _bench.Result().Should().Equal(s_video);
        server.BodyBytes.Should().Be(s_video.Length);
    }

    [Fact]
    public async Task Continued_file_that_turns_out_wrong_is_downloaded_anew()
    {
        var hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(s_video));
        var other = Scripts.Video(s_video.Length, seed: 3);
        await using var server = new ScriptedServer(
            Scripts.Honest(other, tag: null, limit: 150_000), Scripts.Honest(s_video, tag: null), Scripts.Honest(s_video, tag: null));

        await _bench.Downloader().DownloadAsync(_bench.Request(server.Url) with { ContentId = "sha256:" + hash });

        _bench.Result().Should().Equal(s_video);
        server.Exchanges[2].Offset.Should().BeNull();
    }

    [Fact]
    public async Task Resigned_url_continues_within_a_scope_and_not_without_one()
    {
        await using var server = new ScriptedServer(Scripts.Honest(s_video, limit: 100_000), Scripts.Honest(s_video, limit: 10_000), Scripts.Honest(s_video));
        var scoped = _bench.ResumableRequest(server.Url + "?sig=1") with { Scope = "tenant" };
        await FailAsync(scoped);
        await FailAsync(scoped with { Source = server.Url + "?sig=2" });
        server.Exchanges[1].Offset.Should().Be(100_000);

        await _bench.Downloader().DownloadAsync(scoped with { Source = server.Url + "?sig=3", Scope = null });

        server.Exchanges[2].Offset.Should().BeNull();
        _bench.Result().Should().Equal(s_video);
    }

    [Fact]
    public async Task Cancelled_download_keeps_its_partial()
    {
        await using var server = new ScriptedServer(
            async exchange =>
            {
                await exchange.HeadAsync("200 OK", $"Content-Length: {s_video.Length}", "ETag: \"v1\"");
                await exchange.BodyAsync(s_video.AsMemory(0, 150_000));
                await exchange.StallAsync();
            },
            Scripts.Honest(s_video));
        using var cancellation = new CancellationTokenSource();
        var progress = new ProgressList { OnReport = report => { if (report.Bytes == 150_000) cancellation.Cancel(); } };

        var first = () => _bench.Downloader().DownloadAsync(_bench.ResumableRequest(server.Url), progress, cancellation.Token);
        (await first.Should().ThrowAsync<OperationCanceledException>()).Which.CancellationToken.Should().Be(cancellation.Token);
        await _bench.Downloader().DownloadAsync(_bench.ResumableRequest(server.Url));

        _bench.Result().Should().Equal(s_video);
        server.BodyBytes.Should().Be(s_video.Length);
    }

    [Fact]
    public async Task Two_attempts_with_one_place_for_partials_both_end_right()
    {
        await using var server = new ScriptedServer(Scripts.Honest(s_video, limit: 150_000), Scripts.Honest(s_video));
        await FailAsync(_bench.ResumableRequest(server.Url));

        var downloads = Enumerable.Range(0, 6)
            .Select(n => _bench.Downloader().DownloadAsync(_bench.ResumableRequest(server.Url) with { DestinationPath = _bench.Scratch[$"out/{n}.mp4"] }));
        var results = await Task.WhenAll(downloads);

        results.Should().OnlyContain(result => File.ReadAllBytes(result.Path).SequenceEqual(s_video));
        server.Exchanges.Count(exchange => exchange.Offset is not null).Should().Be(1, "one of them takes the partial");
        _bench.CacheEntries.Should().BeEmpty();
    }

    [Fact]
    public async Task Place_for_partials_that_cannot_be_made_costs_nothing_but_the_resume()
    {
        await using var server = new ScriptedServer(Scripts.Honest(s_video));
        await File.WriteAllTextAsync(_bench.Scratch["cache"], "a file where the directory should be");

        await _bench.Downloader().DownloadAsync(_bench.ResumableRequest(server.Url));

        _bench.Result().Should().Equal(s_video);
        _bench.Scratch.Entries("out").Should().Equal("video.mp4");
    }

    [TmpfsFact]
    public async Task Place_for_partials_that_is_full_costs_nothing_but_the_resume()
    {
        await using var server = new ScriptedServer(Scripts.Honest(s_video));
        using var full = new TmpfsMount(_bench.Scratch["cache"], "64k");

        await _bench.Downloader().DownloadAsync(_bench.ResumableRequest(server.Url));

        _bench.Result().Should().Equal(s_video);
        _bench.Log.Lines.Should().Contain(line => line.StartsWith("2103"));
        _bench.CacheEntries.Should().BeEmpty();
    }

    [TmpfsFact]
    public async Task Partial_on_another_file_system_ends_whole_at_the_destination()
    {
        using var mount = new TmpfsMount(_bench.Scratch["cache"], "2m");
        await using var server = new ScriptedServer(Scripts.Honest(s_video, limit: 150_000), Scripts.Honest(s_video));

        await _bench.Downloader().DownloadAsync(_bench.ResumableRequest(server.Url));

        _bench.Result().Should().Equal(s_video);
        server.BodyBytes.Should().Be(s_video.Length);
        _bench.CacheEntries.Should().BeEmpty();
        _bench.Scratch.Entries("out").Should().Equal("video.mp4");
    }

    private async Task FailAsync(DownloadRequest request)
    {
        var download = () => _bench.Downloader(attempts: 1).DownloadAsync(request);
        await download.Should().ThrowAsync<HttpDownloadException>();
    }

    private PartialClaims Claims(string url) => new()
    {
        Identity = DownloadSource.Parse(_bench.Request(url), []).Identity,
        Validity = DownloadSource.Parse(_bench.Request(url), []).Endpoints[0].Validity,
        EntityTag = "\"v1\"",
        Total = s_video.Length,
    };

    // What SIGKILL leaves: the file under its working name with its sidecar, and no lock.
    private void LeaveOrphan(string url, int length)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_bench.PartialPath)!);
        using var file = WorkFile.Create(_bench.PartialPath, Claims(url), survives: true);
        file.Stream.Write(s_video.AsSpan(0, length));
    }
}
