using System.Security.Cryptography;
using SmartCache.Stages;

namespace SmartCache.Tests.Stages.Http;

/// <summary>Replies of real servers with the right bytes under odd headers, and with wrong ones under good headers.</summary>
[Trait("Found", "M22")]
public sealed class HttpReplyTests : IDisposable
{
    private static readonly byte[] s_video = Scripts.Container("mp4");
    private static readonly DateTimeOffset s_sent = new(2025, 6, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly DownloadBench _bench = new();

    public static TheoryData<string> Containers => ["mp4", "mov", "webm", "ts", "m2ts", "ps", "flv", "avi", "asf", "ogg", "mxf", "nut"];

    public void Dispose() => _bench.Dispose();

    [Theory]
    [InlineData("Content-Encoding: aws-chunked")]
    [InlineData("Content-Encoding: AWS-Chunked")]
    [InlineData("Content-Encoding: gzip")]
    [InlineData("Content-Type: text/html")]
    [InlineData("Content-Type: application/json")]
    [InlineData("Content-Type: text/plain; charset=utf-8")]
    [InlineData("Content-Type: not a type")]
    public async Task Right_bytes_win_over_a_header(string header)
    {
        await using var server = new ScriptedServer(Scripts.Bare(s_video, header));

        await _bench.Downloader().DownloadAsync(_bench.Request(server.Url));

        _bench.Result().Should().Equal(s_video);
    }

    [Theory]
    [MemberData(nameof(Containers))]
    public async Task Known_container_wins_over_the_type_of_a_page(string container)
    {
        var video = Scripts.Container(container);
        await using var server = new ScriptedServer(Scripts.Bare(video, "Content-Type: text/html"));

        await _bench.Downloader().DownloadAsync(_bench.Request(server.Url));

        _bench.Result().Should().Equal(video);
    }

    [Theory]
    [InlineData("<!DOCTYPE html><p>Not found")]
    [InlineData("<?xml version=\"1.0\"?><Error/>")]
    [InlineData("[{\"error\":1}]")]
    [InlineData("#EXTM3U\n#EXTINF:4,\nsegment0.ts")]
    [InlineData("The video is being prepared. Try again later, in a minute or two.")]
    [InlineData("Das Video ist für Sie nicht verfügbar.")]
    public async Task Text_is_no_video_under_any_type(string text)
    {
        foreach (var type in new[] { "video/mp4", "application/octet-stream", "video/mp2t" })
        {
            await using var server = new ScriptedServer(Scripts.Page(type, string.Concat(Enumerable.Repeat(text + "\n", 100))));

            (await FailureAsync(_bench.Request(server.Url))).Message.Should().Contain("page");
        }
    }

    [Theory]
    [InlineData("Content-Type: text/html", "page")]
    [InlineData("Content-Encoding: br", "packed")]
    public async Task Bytes_that_say_nothing_leave_it_to_the_header(string header, string reason)
    {
        await using var server = new ScriptedServer(Scripts.Bare(Scripts.Video(50_000), header));

        (await FailureAsync(_bench.Request(server.Url))).Message.Should().Contain(reason);
    }

    [Theory]
    [InlineData("Content-Encoding: aws-chunked")]
    [InlineData("Content-Encoding: AWS-Chunked")]
    [InlineData("Content-Type: text/plain; charset=utf-8")]
    [InlineData("Content-Type: not a type")]
    public async Task Bytes_that_say_nothing_are_taken_under_a_header_that_says_nothing_against_them(string header)
    {
        var video = Scripts.Video(50_000);
        await using var server = new ScriptedServer(Scripts.Bare(video, header));

        await _bench.Downloader().DownloadAsync(_bench.Request(server.Url));

        _bench.Result().Should().Equal(video);
    }

    [Fact]
    public async Task Reply_that_is_really_in_chunks_of_an_upload_is_refused()
    {
        byte[] framed = [.. "10000;chunk-signature=0123456789abcdef\r\n"u8, .. Scripts.Video(50_000)];
        await using var server = new ScriptedServer(Scripts.Bare(framed, "Content-Encoding: aws-chunked"));

        (await FailureAsync(_bench.Request(server.Url))).Message.Should().Contain("packed");
    }

    [Fact]
    public async Task Cut_line_of_a_server_with_a_weak_tag_ends_where_the_modification_time_is_strong()
    {
        await using var server = new ScriptedServer(Dated(s_video, TimeSpan.FromDays(1), limit: 20_000, "ETag: W/\"v1\""));

        await _bench.Downloader().DownloadAsync(_bench.Request(server.Url));

        _bench.Result().Should().Equal(s_video);
        server.BodyBytes.Should().Be(s_video.Length, "no byte crosses the wire twice");
        server.Exchanges[1].Headers["If-Range"].Should().Be(LastModified(TimeSpan.FromDays(1)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(59)]
    public async Task Modification_time_near_the_time_of_the_reply_is_not_strong(int seconds)
    {
        await using var server = new ScriptedServer(
            Dated(s_video, TimeSpan.FromSeconds(seconds), limit: 20_000), Dated(s_video, TimeSpan.FromSeconds(seconds)));

        await _bench.Downloader().DownloadAsync(_bench.Request(server.Url));

        _bench.Result().Should().Equal(s_video);
        server.Exchanges[1].Offset.Should().BeNull();
    }

    [Fact]
    public async Task Part_that_does_not_repeat_the_modification_time_is_not_joined()
    {
        var changed = Scripts.Container("mp4", seed: 2);
        await using var server = new ScriptedServer(
            Dated(s_video, TimeSpan.FromDays(2), limit: 20_000), OverlooksIfRange(changed, TimeSpan.FromDays(1)), Dated(changed, TimeSpan.FromDays(1)));

        await _bench.Downloader().DownloadAsync(_bench.Request(server.Url));

        _bench.Result().Should().Equal(changed);
    }

    [Fact]
    public async Task Partial_under_a_modification_time_is_continued_by_the_next_attempt()
    {
        await using var server = new ScriptedServer(Dated(s_video, TimeSpan.FromDays(1), limit: 20_000), Dated(s_video, TimeSpan.FromDays(1)));
        await FailureAsync(_bench.ResumableRequest(server.Url), attempts: 1);

        await _bench.Downloader().DownloadAsync(_bench.ResumableRequest(server.Url));

        _bench.Result().Should().Equal(s_video);
        server.BodyBytes.Should().Be(s_video.Length);
    }

    [Fact]
    public async Task Weak_tag_is_enough_where_the_hash_is_checked()
    {
        await using var server = new ScriptedServer(Scripts.Honest(s_video, "W/\"v1\"", limit: 20_000));

        await _bench.Downloader().DownloadAsync(_bench.Request(server.Url) with { ContentId = "sha256:" + Convert.ToHexStringLower(SHA256.HashData(s_video)) });

        _bench.Result().Should().Equal(s_video);
        server.BodyBytes.Should().Be(s_video.Length);
    }

    [Theory]
    [InlineData("Content-Type: text/html", "mp4")]
    [InlineData("Content-Encoding: aws-chunked", "none that is known")]
    public async Task Rest_with_an_odd_header_continues_a_video_that_began_as_one(string header, string container)
    {
        var video = Scripts.Container(container);
        await using var server = new ScriptedServer(Scripts.Honest(video, limit: 20_000), async exchange =>
        {
            await exchange.HeadAsync(
                "206 Partial Content", $"Content-Range: bytes 20000-{video.Length - 1}/{video.Length}", $"Content-Length: {video.Length - 20_000}", "ETag: \"v1\"", header);
            await exchange.BodyAsync(video.AsMemory(20_000));
        });

        await _bench.Downloader().DownloadAsync(_bench.Request(server.Url));

        _bench.Result().Should().Equal(video);
        server.BodyBytes.Should().Be(video.Length);
    }

    [Fact]
    public async Task Text_in_place_of_the_rest_under_the_type_of_a_video_does_not_cost_the_partial()
    {
        await using var server = new ScriptedServer(
            Scripts.Honest(s_video, limit: 20_000), Scripts.Page("video/mp4", "<html>try later</html>".PadRight(4000)), Scripts.Honest(s_video));

        await _bench.Downloader().DownloadAsync(_bench.Request(server.Url));

        _bench.Result().Should().Equal(s_video);
        server.Exchanges[2].Offset.Should().Be(20_000);
    }

    private async Task<HttpDownloadException> FailureAsync(DownloadRequest request, int attempts = 2)
    {
        var download = () => _bench.Downloader(attempts).DownloadAsync(request);
        return (await download.Should().ThrowAsync<HttpDownloadException>()).Which;
    }

    private static string LastModified(TimeSpan age) => (s_sent - age).ToString("R");

    /// <summary>A server without a strong tag that keeps to RFC 9110: its file was changed <paramref name="age"/> before it answers.</summary>
    private static Func<ScriptedExchange, Task> Dated(byte[] content, TimeSpan age, int limit = int.MaxValue, params string[] headers) => async exchange =>
    {
        string[] dates = [$"Date: {s_sent:R}", $"Last-Modified: {LastModified(age)}", .. headers];
        var offset = exchange.Headers.GetValueOrDefault("If-Range") == LastModified(age) ? exchange.Offset ?? 0 : 0;
        await (offset > 0
            ? exchange.HeadAsync("206 Partial Content", [$"Content-Range: bytes {offset}-{content.Length - 1}/{content.Length}", $"Content-Length: {content.Length - offset}", .. dates])
            : exchange.HeadAsync("200 OK", [$"Content-Length: {content.Length}", .. dates]));
        await exchange.BodyAsync(content.AsMemory((int)offset, (int)Math.Min(limit, content.Length - offset)));
    };

    private static Func<ScriptedExchange, Task> OverlooksIfRange(byte[] content, TimeSpan age) => async exchange =>
    {
        var offset = exchange.Offset!.Value;
        await exchange.HeadAsync(
            "206 Partial Content", $"Content-Range: bytes {offset}-{content.Length - 1}/{content.Length}", $"Content-Length: {content.Length - offset}", $"Last-Modified: {LastModified(age)}");
        await exchange.BodyAsync(content.AsMemory((int)offset));
    };
}
