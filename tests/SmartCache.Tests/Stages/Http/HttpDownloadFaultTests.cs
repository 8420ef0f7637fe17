using System.Net;
using SmartCache.Stages;

namespace SmartCache.Tests.Stages.Http;

public sealed class HttpDownloadFaultTests : IDisposable
{
    private static readonly byte[] s_video = Scripts.Video(200_000);

    private readonly DownloadBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task Honest_server_gives_the_file_and_progress()
    {
        await using var server = new ScriptedServer(Scripts.Honest(s_video));
        Directory.CreateDirectory(_bench.Scratch["out"]);
        await File.WriteAllTextAsync(_bench.Destination, "what was there");
        var progress = new ProgressList();

        var result = await _bench.Downloader().DownloadAsync(_bench.Request(server.Url), progress);

        _bench.Result().Should().Equal(s_video);
        result.Should().BeEquivalentTo(new { Path = _bench.Destination, Length = 200_000L, Outcome = CacheOutcome.Bypass });
        _bench.Scratch.Entries("out").Should().Equal("video.mp4");
        progress.Reports[0].Should().BeEquivalentTo(new { Phase = "download", Bytes = 0L, TotalBytes = 200_000L, Fraction = 0.0 });
        progress.Reports[^1].Should().BeEquivalentTo(new { Bytes = 200_000L, TotalBytes = 200_000L, Fraction = 1.0 });
        progress.Reports.Should().Contain(report => report.Phase.EndsWith("MB/s"));
    }

    [Fact]
    public async Task Destination_that_is_a_link_is_replaced_and_not_written_through()
    {
        await using var server = new ScriptedServer(Scripts.Honest(s_video));
        Directory.CreateDirectory(_bench.Scratch["out"]);
        await File.WriteAllTextAsync(_bench.Scratch["precious"], "precious");
        File.CreateSymbolicLink(_bench.Destination, _bench.Scratch["precious"]);

        await _bench.Downloader().DownloadAsync(_bench.Request(server.Url));

        _bench.Result().Should().Equal(s_video);
        (await File.ReadAllTextAsync(_bench.Scratch["precious"])).Should().Be("precious");
    }

    [Fact]
    public async Task Reply_that_always_ends_early_fails_and_leaves_what_was_there()
    {
        await using var server = new ScriptedServer(Scripts.WithoutRanges(s_video, tag: null, limit: 180_000));
        Directory.CreateDirectory(_bench.Scratch["out"]);
        await File.WriteAllTextAsync(_bench.Destination, "what was there");

        var error = await FailureAsync(_bench.Request(server.Url));

        error.IsTransient.Should().BeTrue();
        server.Exchanges.Should().HaveCount(3);
        (await File.ReadAllTextAsync(_bench.Destination)).Should().Be("what was there");
        _bench.Scratch.Entries("out").Should().Equal("video.mp4");
    }

    [Fact]
    public async Task Connection_reset_in_mid_body_is_tried_again()
    {
        await using var server = new ScriptedServer(
            async exchange =>
            {
                await exchange.HeadAsync("200 OK", $"Content-Length: {s_video.Length}", "ETag: \"v1\"");
                await exchange.BodyAsync(s_video.AsMemory(0, 50_000));
                exchange.Reset();
            },
            Scripts.Honest(s_video));

        await _bench.Downloader().DownloadAsync(_bench.Request(server.Url));

        _bench.Result().Should().Equal(s_video);
    }

    [Fact]
    public async Task Chunked_reply_without_its_end_is_tried_again()
    {
        await using var server = new ScriptedServer(
            async exchange =>
            {
                await exchange.HeadAsync("200 OK", "Transfer-Encoding: chunked");
                await exchange.BodyAsync("2000\r\n"u8.ToArray());
                await exchange.BodyAsync(s_video.AsMemory(0, 0x2000));
                await exchange.BodyAsync("\r\n"u8.ToArray());
            },
            Scripts.Honest(s_video));

        await _bench.Downloader().DownloadAsync(_bench.Request(server.Url));

        _bench.Result().Should().Equal(s_video);
    }

    [Fact]
    public async Task Server_that_stalls_in_mid_body_is_left_and_continued()
    {
        await using var server = new ScriptedServer(
            async exchange =>
            {
                await exchange.HeadAsync("200 OK", $"Content-Length: {s_video.Length}", "ETag: \"v1\"");
                await exchange.BodyAsync(s_video.AsMemory(0, 50_000));
                await exchange.StallAsync();
            },
            Scripts.Honest(s_video));

        await _bench.Downloader(stallSeconds: 0.5).DownloadAsync(_bench.Request(server.Url));

        _bench.Result().Should().Equal(s_video);
        _bench.Log.Lines.Should().Contain(line => line.Contains("no byte came for 0.5 s"));
    }

    [Fact]
    public async Task Server_that_never_answers_fails_with_the_reason()
    {
        await using var server = new ScriptedServer(exchange => exchange.StallAsync());

        var error = await FailureAsync(_bench.Request(server.Url), _bench.Downloader(attempts: 2, stallSeconds: 0.2));

        error.Message.Should().Contain("no byte came for 0.2 s");
        error.IsTransient.Should().BeTrue();
        server.Exchanges.Should().HaveCount(2);
    }

    [Theory]
    [InlineData("text/html", "<!DOCTYPE html><html><body>503 Service Unavailable</body></html>")]
    [InlineData("video/mp4", "\n  <html><body>Not found</body></html>")]
    [InlineData("video/mp4", "{\"error\":\"not found\"}")]
    [InlineData("application/octet-stream", "\uFEFF<?xml version='1.0'?><Error><Code>NoSuchKey</Code></Error>")]
    [InlineData("application/problem+json", "{}")]
    [InlineData("application/json; charset=utf-8", "null")]
    public async Task Page_with_status_200_is_not_a_video(string type, string text)
    {
        await using var server = new ScriptedServer(Scripts.Page(type, text.PadRight(4000)));

        var error = await FailureAsync(_bench.Request(server.Url));

        error.Message.Should().Contain("page");
        _bench.Scratch.Entries("out").Should().BeEmpty();
    }

    [Fact]
    public async Task Page_in_place_of_the_rest_does_not_cost_the_partial()
    {
        await using var server = new ScriptedServer(
            Scripts.Honest(s_video, limit: 150_000), Scripts.Page("text/html", "<html>try later</html>".PadRight(4000)), Scripts.Honest(s_video));

        await _bench.Downloader().DownloadAsync(_bench.Request(server.Url));

        _bench.Result().Should().Equal(s_video);
        server.Exchanges[2].Offset.Should().Be(150_000);
    }

    [Fact]
    public async Task Video_whose_first_box_size_looks_like_markup_is_a_video()
    {
        var video = Scripts.Video(100_000);
        "<\0\0\0mdat"u8.CopyTo(video);
        await using var server = new ScriptedServer(Scripts.Honest(video));

        await _bench.Downloader().DownloadAsync(_bench.Request(server.Url));

        _bench.Result().Should().Equal(video);
    }

    [Fact]
    public async Task Reply_of_a_few_bytes_is_not_a_video()
    {
        await using var server = new ScriptedServer(Scripts.Honest(Scripts.Video(1023)));

        (await FailureAsync(_bench.Request(server.Url))).Message.Should().Contain("1023 bytes are too few");
        _bench.Scratch.Entries("out").Should().BeEmpty();
    }

    [Fact]
    public async Task Another_length_than_expected_fails_at_once()
    {
        await using var server = new ScriptedServer(Scripts.Honest(s_video));

        var error = await FailureAsync(_bench.Request(server.Url) with { ExpectedLength = 200_001 });

        error.Message.Should().Contain("offers 200000 bytes where 200001 are expected");
        server.Exchanges.Should().ContainSingle();
    }

    [Theory]
    [InlineData(180_000, false)]
    [InlineData(200_000, true)]
    public async Task Reply_that_only_the_closed_connection_ends_needs_an_expected_length(int sent, bool works)
    {
        await using var server = new ScriptedServer(async exchange =>
        {
            await exchange.HeadAsync("200 OK");
            await exchange.BodyAsync(s_video.AsMemory(0, sent));
        });

        (await FailureAsync(_bench.Request(server.Url))).Message.Should().Contain("neither names its length");
        var withLength = () => _bench.Downloader().DownloadAsync(_bench.Request(server.Url) with { ExpectedLength = s_video.Length });
        if (works)
        {
            await withLength();
            _bench.Result().Should().Equal(s_video);
        }
        else
        {
            await withLength.Should().ThrowAsync<HttpDownloadException>();
            _bench.Scratch.Entries("out").Should().BeEmpty();
        }
    }

    [Theory]
    [InlineData("sha256:")]
    [InlineData(" SHA256:")]
    public async Task Bytes_without_the_requested_hash_are_refused(string scheme)
    {
        await using var server = new ScriptedServer(Scripts.Honest(s_video));

        var error = await FailureAsync(_bench.ResumableRequest(server.Url) with { ContentId = scheme + new string('0', 64) });

        error.Message.Should().Contain("do not have the hash");
        _bench.Scratch.Entries("out").Should().BeEmpty();
        _bench.CacheEntries.Should().BeEmpty("what is proven wrong is not continued");
    }

    [Fact]
    public async Task Server_that_is_busy_is_asked_again()
    {
        await using var server = new ScriptedServer(Scripts.Status("503 Service Unavailable", "Retry-After: 0"), Scripts.Status("429 Too Many Requests"), Scripts.Honest(s_video));
        var progress = new ProgressList();

        await _bench.Downloader().DownloadAsync(_bench.Request(server.Url), progress);

        _bench.Result().Should().Equal(s_video);
        progress.Reports.Count(report => report.Phase == "download retry").Should().Be(2);
    }

    [Fact]
    public async Task Server_that_does_not_have_it_is_not_asked_again()
    {
        await using var server = new ScriptedServer(Scripts.Status("404 Not Found"));

        var error = await FailureAsync(_bench.Request(server.Url));

        error.StatusCode.Should().Be(HttpStatusCode.NotFound);
        error.IsTransient.Should().BeFalse();
        server.Exchanges.Should().ContainSingle();
    }

    [Fact]
    public async Task Download_that_gets_on_may_break_off_more_often_than_it_may_fail()
    {
        var video = Scripts.Video(8_000_000);
        await using var server = new ScriptedServer(Scripts.Honest(video, limit: 1_100_000));

        await _bench.Downloader(attempts: 2).DownloadAsync(_bench.Request(server.Url));

        _bench.Result().Should().Equal(video);
        server.Exchanges.Should().HaveCount(8);
        server.BodyBytes.Should().Be(video.Length);
    }

    [TmpfsFact]
    public async Task Full_disk_fails_without_asking_the_server_again()
    {
        await using var server = new ScriptedServer(Scripts.Honest(s_video));
        using var full = new TmpfsMount(_bench.Scratch["out"], "64k");

        var download = () => _bench.Downloader().DownloadAsync(_bench.Request(server.Url));

        (await download.Should().ThrowAsync<IOException>()).Which.Should().NotBeOfType<HttpDownloadException>();
        server.Exchanges.Should().ContainSingle();
        _bench.Scratch.Entries("out").Should().BeEmpty();
    }

    private async Task<HttpDownloadException> FailureAsync(DownloadRequest request, HttpVideoDownloader? downloader = null)
    {
        var download = () => (downloader ?? _bench.Downloader()).DownloadAsync(request);
        return (await download.Should().ThrowAsync<HttpDownloadException>()).Which;
    }
}
