using System.Text;
using SmartCache.Stages;

namespace SmartCache.Tests.Stages.Http;

public sealed class HttpDownloadSecretsTests : IDisposable
{
    private static readonly byte[] s_video = Scripts.Video(200_000);
    private static readonly string[] s_secrets = ["s3cret-user", "s3cret-pass", "s3cret-token", "s3cret-option", "s3cret-path"];

    private readonly DownloadBench _bench = new();

    public void Dispose() => _bench.Dispose();

    public static TheoryData<string> Faults => new("reset", "truncated", "html", "404", "refused", "stall", "redirect", "disk");

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Credentials_reach_the_server_and_nothing_else(string fault)
    {
        await using var server = new ScriptedServer(fault switch
        {
            "reset" => async exchange =>
            {
                await exchange.HeadAsync("200 OK", $"Content-Length: {s_video.Length}", "ETag: \"v1\"");
                exchange.Reset();
            },
            "html" => Scripts.Page("text/html", "<html/>"),
            "404" => Scripts.Status("404 Not Found"),
            "stall" => exchange => exchange.StallAsync(),
            "redirect" => Scripts.Status("302 Found", "Location: http://127.0.0.1:1/s3cret-path?t=s3cret-token"),
            _ => Scripts.Honest(s_video, limit: 150_000),
        });
        var port = fault == "refused" ? 1 : server.Port;
        var request = _bench.ResumableRequest($"http://s3cret-user:s3cret-pass@127.0.0.1:{port}/s3cret-path/video.mp4?token=s3cret-token") with
        {
            Options = new Dictionary<string, string> { ["quality"] = "s3cret-option" },
        };
        if (fault == "disk")
            Directory.CreateDirectory(_bench.Destination);

        var download = () => _bench.Downloader(attempts: fault == "disk" ? 3 : 1, stallSeconds: fault == "stall" ? 0.3 : 30).DownloadAsync(request);
        var error = (await download.Should().ThrowAsync<Exception>()).Which;

        if (fault == "truncated")
            _bench.CacheEntries.Should().Equal("partial", "partial.json");
        ShouldBeClean(error.ToString());
        foreach (var line in _bench.Log.Lines)
            ShouldBeClean(line);
        foreach (var entry in _bench.Scratch.Entries())
        {
            ShouldBeClean(entry);
            if (File.Exists(_bench.Scratch[entry]))
                ShouldBeClean(Encoding.Latin1.GetString(await File.ReadAllBytesAsync(_bench.Scratch[entry])));
        }

        if (fault != "refused")
        {
            server.Exchanges[0].Target.Should().Be("/s3cret-path/video.mp4?token=s3cret-token");
            server.Exchanges[0].Headers["Authorization"].Should().Be("Basic " + Convert.ToBase64String("s3cret-user:s3cret-pass"u8));
        }
    }

    [Theory]
    [InlineData("ftp://s3cret-user:s3cret-pass@host/x")]
    [InlineData("http://s3cret-user:s3cret-pass@ho st/x?s3cret-token")]
    [InlineData("ipfs://../s3cret-path")]
    [InlineData("s3cret-path")]
    public async Task Source_that_cannot_be_read_is_not_repeated_in_the_error(string source)
    {
        var download = () => _bench.Downloader().DownloadAsync(_bench.Request(source));

        ShouldBeClean((await download.Should().ThrowAsync<HttpDownloadException>()).Which.ToString());
    }

    private static void ShouldBeClean(string text)
    {
        foreach (var secret in s_secrets)
            text.Should().NotContain(secret);
    }
}
