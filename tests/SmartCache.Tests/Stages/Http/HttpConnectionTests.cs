using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.DependencyInjection;
using SmartCache.Stages;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Stages.Http;

/// <summary>How servers are asked and reached, and what is said of those that are not.</summary>
[Trait("Found", "M22")]
public sealed class HttpConnectionTests : IDisposable
{
    private static readonly byte[] s_video = Scripts.Container("mp4");

    private readonly DownloadBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task Server_that_wants_a_user_agent_gets_one()
    {
        await using var server = new ScriptedServer(exchange =>
            exchange.Headers.ContainsKey("User-Agent") ? Scripts.Bare(s_video)(exchange) : Scripts.Status("403 Forbidden")(exchange));

        await _bench.Downloader().DownloadAsync(_bench.Request(server.Url));

        server.Exchanges[0].Headers["User-Agent"].Should().StartWith("SmartCache/");
    }

    [Fact]
    public async Task User_agent_of_the_workers_client_stays()
    {
        await using var server = new ScriptedServer(Scripts.Bare(s_video));
        using var client = new HttpClient { DefaultRequestHeaders = { { "User-Agent", "worker/2" } } };

        await new HttpVideoDownloader(client).DownloadAsync(_bench.Request(server.Url));

        server.Exchanges[0].Headers["User-Agent"].Should().Be("worker/2");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task First_byte_may_come_after_33_seconds(bool headersFirst)
    {
        var time = new DrivenTime();
        var asked = new TaskCompletionSource();
        var found = new TaskCompletionSource();
        await using var server = new ScriptedServer(async exchange =>
        {
            if (headersFirst)
                await exchange.HeadAsync("200 OK", $"Content-Length: {s_video.Length}");
            asked.SetResult();
            await found.Task;
            if (!headersFirst)
                await exchange.HeadAsync("200 OK", $"Content-Length: {s_video.Length}");
            await exchange.BodyAsync(s_video);
        });
        using var client = new HttpClient();

        var download = new HttpVideoDownloader(client, timeProvider: time).DownloadAsync(_bench.Request(server.Url));
        await asked.Task.Guarded();
        await time.WaiterAsync(TimeSpan.FromMinutes(2));
        time.Advance(TimeSpan.FromSeconds(33));
        found.SetResult();
        await download.Guarded();

        server.Exchanges.Should().ContainSingle();
        _bench.Result().Should().Equal(s_video);
    }

    [Theory]
    [InlineData(5000)]
    [InlineData(100)]
    public async Task Byte_that_does_not_follow_the_first_ones_is_waited_for_as_long_as_StallTimeout_says(int first)
    {
        await using var server = new ScriptedServer(
            async exchange =>
            {
                await exchange.HeadAsync("200 OK", $"Content-Length: {s_video.Length}");
                await exchange.BodyAsync(s_video.AsMemory(0, first));
                await exchange.StallAsync();
            },
            Scripts.Bare(s_video));

        await _bench.Downloader(stallSeconds: 0.2, change: static options => options.FirstByteTimeout = TimeSpan.FromHours(1)).DownloadAsync(_bench.Request(server.Url)).Guarded();

        _bench.Log.Lines.Should().Contain(static line => line.Contains("no byte came for 0.2 s"));
    }

    [Fact]
    public async Task Redirect_with_a_cookie_is_followed_with_it_and_the_next_download_begins_without_one()
    {
        await using var services = new ServiceCollection().AddSmartCache(static options => options.Enabled = "false").UseHttpDownloader().Services.BuildServiceProvider();
        await using var server = new ScriptedServer(exchange =>
            exchange.Headers.GetValueOrDefault("Cookie") == "pass=1" ? Scripts.Bare(s_video)(exchange)
            : Scripts.Status("302 Found", "Location: /video.mp4?again", "Set-Cookie: pass=1; Path=/; HttpOnly", "Set-Cookie: =nonsense;;")(exchange));
        var downloader = services.GetRequiredService<IVideoDownloader>();

        await downloader.DownloadAsync(_bench.Request(server.Url));
        await downloader.DownloadAsync(_bench.Request(server.Url));

        server.Exchanges.Select(static exchange => exchange.Headers.GetValueOrDefault("Cookie")).Should().Equal(null, "pass=1", null, "pass=1");
    }

    [Fact]
    public async Task Credentials_do_not_follow_a_redirect()
    {
        await using var services = new ServiceCollection().AddSmartCache(static options => options.Enabled = "false").UseHttpDownloader().Services.BuildServiceProvider();
        await using var other = new ScriptedServer(Scripts.Bare(s_video));
        await using var server = new ScriptedServer(Scripts.Status("307 Temporary Redirect", $"Location: {other.Url}"));

        await services.GetRequiredService<IVideoDownloader>().DownloadAsync(_bench.Request(server.Url.Replace("://", "://user:password@", StringComparison.Ordinal)));

        server.Exchanges[0].Headers.Should().ContainKey("Authorization");
        other.Exchanges[0].Headers.Should().NotContainKey("Authorization");
        _bench.Result().Should().Equal(s_video);
    }

    [Fact]
    public async Task Redirects_without_end_fail_in_words()
    {
        await using var services = new ServiceCollection().AddSmartCache(static options => options.Enabled = "false").UseHttpDownloader().Services.BuildServiceProvider();
        await using var server = new ScriptedServer(Scripts.Status("302 Found", "Location: /video.mp4"));

        var download = () => services.GetRequiredService<IVideoDownloader>().DownloadAsync(_bench.Request(server.Url));

        (await download.Should().ThrowAsync<HttpDownloadException>()).Which.Message.Should().Contain("302").And.Contain("not followed");
    }

    [Fact]
    public async Task Redirect_to_what_is_no_address_fails_in_words()
    {
        await using var services = new ServiceCollection().AddSmartCache(static options => options.Enabled = "false").UseHttpDownloader().Services.BuildServiceProvider();
        await using var server = new ScriptedServer(Scripts.Status("302 Found", "Location: //"));

        var download = () => services.GetRequiredService<IVideoDownloader>().DownloadAsync(_bench.Request(server.Url));

        (await download.Should().ThrowAsync<HttpDownloadException>()).Which.Message.Should().Contain("302");
    }

    [Fact]
    public async Task Names_below_localhost_are_this_machine()
    {
        await using var services = new ServiceCollection().AddSmartCache(static options => options.Enabled = "false").UseHttpDownloader().Services.BuildServiceProvider();
        await using var server = new ScriptedServer(Scripts.Bare(s_video));

        await services.GetRequiredService<IVideoDownloader>().DownloadAsync(_bench.Request($"http://bafybeigdyrzt.ipfs.localhost:{server.Port}/video.mp4"));

        server.Exchanges[0].Headers["Host"].Should().Be($"bafybeigdyrzt.ipfs.localhost:{server.Port}");
    }

    [Fact]
    public async Task Name_that_nobody_knows_is_named_as_the_reason()
    {
        var error = await FailureAsync(_bench.Request("http://no-such-host.invalid/video.mp4"), attempts: 1);

        error.Message.Should().Contain("name").And.NotContain("no-such-host");
    }

    [Fact]
    public async Task Refused_connection_is_named_as_the_reason()
    {
        int port;
        await using (var server = new ScriptedServer(Scripts.Bare(s_video)))
            port = server.Port;

        (await FailureAsync(_bench.Request($"http://127.0.0.1:{port}/"), attempts: 1)).Message.Should().Contain("refused the connection");
    }

    [Fact]
    public async Task Certificate_that_is_not_trusted_is_named_as_the_reason()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        using var listener = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var serving = Task.Run(async () =>
        {
            using var client = await listener.AcceptTcpClientAsync();
            await using var secure = new SslStream(client.GetStream());
            await secure.AuthenticateAsServerAsync(certificate);
        });

        var error = await FailureAsync(_bench.Request($"https://localhost:{((IPEndPoint)listener.LocalEndpoint).Port}/"), attempts: 1);

        error.Message.Should().Contain("TLS");
        await serving.ContinueWith(static _ => { }, TaskScheduler.Default);
    }

    [Theory]
    [InlineData("404 Not Found", "404 (it does not have it)")]
    [InlineData("403 Forbidden", "403 (it does not allow this)")]
    [InlineData("503 Service Unavailable", "503 (what is behind it does not answer now)")]
    [InlineData("418 I'm a teapot", "418 (it refuses the request)")]
    public async Task Status_is_said_in_words(string status, string words)
    {
        await using var server = new ScriptedServer(Scripts.Status(status));

        (await FailureAsync(_bench.Request(server.Url), attempts: 1)).Message.Should().Contain(words);
    }

    private async Task<HttpDownloadException> FailureAsync(DownloadRequest request, int attempts = 2)
    {
        var download = () => _bench.Downloader(attempts).DownloadAsync(request);
        return (await download.Should().ThrowAsync<HttpDownloadException>()).Which;
    }
}
