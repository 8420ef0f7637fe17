using SmartCache.Stages;

namespace SmartCache.Tests.Stages.Http;

public sealed class HttpDownloadIpfsTests : IDisposable
{
    private const string Cid = "QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG";

    private static readonly byte[] s_video = Scripts.Video(200_000);

    private readonly DownloadBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Theory]
    [InlineData("", $"ipfs://{Cid}", $"/ipfs/{Cid}")]
    [InlineData("/ipfs/", $"ipfs://{Cid}/Dir/a%20b.mp4", $"/ipfs/{Cid}/Dir/a%20b.mp4")]
    [InlineData("/", $"IPFS://{Cid}/x.mp4?download=1#t", $"/ipfs/{Cid}/x.mp4")]
    public async Task Content_id_reaches_the_gateway_as_it_was_written(string gatewayPath, string source, string target)
    {
        await using var gateway = new ScriptedServer(Scripts.Honest(s_video));

        await _bench.Downloader(gateways: [gateway.Root + gatewayPath]).DownloadAsync(_bench.Request(source));

        _bench.Result().Should().Equal(s_video);
        gateway.Exchanges.Should().ContainSingle().Which.Target.Should().Be(target);
    }

    [Fact]
    public async Task Source_without_a_gateway_is_told_where_to_name_one()
    {
        var download = () => _bench.Downloader(gateways: []).DownloadAsync(_bench.Request("ipfs://" + Cid));

        await download.Should().ThrowAsync<HttpDownloadException>().WithMessage("*HttpDownloadOptions.IpfsGateways*");
    }

    [Fact]
    public async Task Gateway_that_does_not_have_it_is_passed_over()
    {
        await using var first = new ScriptedServer(Scripts.Status("404 Not Found"));
        await using var second = new ScriptedServer(Scripts.Page("text/html", "<html>gateway time-out</html>".PadRight(2000)));
        await using var third = new ScriptedServer(Scripts.Honest(s_video));

        await _bench.Downloader(attempts: 1, gateways: [first.Root, second.Root, third.Root]).DownloadAsync(_bench.Request("ipfs://" + Cid));

        _bench.Result().Should().Equal(s_video);
    }

    [Fact]
    public async Task What_one_gateway_began_another_one_continues_whatever_its_entity_tag()
    {
        await using var first = new ScriptedServer(Scripts.Honest(s_video, tag: "\"a\"", limit: 150_000));
        await using var second = new ScriptedServer(Scripts.Honest(s_video, tag: "\"b\""));

        await _bench.Downloader(attempts: 1, gateways: [first.Root, second.Root]).DownloadAsync(_bench.Request("ipfs://" + Cid));

        _bench.Result().Should().Equal(s_video);
        second.BodyBytes.Should().Be(50_000);
        second.Exchanges[0].Headers.Should().NotContainKey("If-Range");
    }

    [Fact]
    public async Task Partial_of_one_gateway_is_continued_by_another_in_a_later_attempt()
    {
        await using var first = new ScriptedServer(Scripts.Honest(s_video, limit: 150_000));
        await using var second = new ScriptedServer(Scripts.Honest(s_video));
        var attempt = () => _bench.Downloader(attempts: 1, gateways: [first.Root]).DownloadAsync(_bench.ResumableRequest("ipfs://" + Cid));
        await attempt.Should().ThrowAsync<HttpDownloadException>();

        await _bench.Downloader(gateways: [second.Root]).DownloadAsync(_bench.ResumableRequest("ipfs://" + Cid));

        _bench.Result().Should().Equal(s_video);
        second.BodyBytes.Should().Be(50_000);
    }

    [Theory]
    [InlineData($"ipfs://{Cid}/../QmOther")]
    [InlineData($"ipfs://{Cid}/%2e%2e/QmOther")]
    [InlineData($"ipfs://{Cid}/a/./b")]
    [InlineData("ipfs://example.com/video.mp4")]
    [InlineData("ipfs://")]
    public async Task Path_that_leaves_the_content_id_is_refused(string source)
    {
        await using var gateway = new ScriptedServer(Scripts.Honest(s_video));

        var download = () => _bench.Downloader(gateways: [gateway.Root]).DownloadAsync(_bench.Request(source));

        await download.Should().ThrowAsync<HttpDownloadException>();
        gateway.Exchanges.Should().BeEmpty();
    }
}
