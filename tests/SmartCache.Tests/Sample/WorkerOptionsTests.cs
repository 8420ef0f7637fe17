namespace SmartCache.Tests.Sample;

public class WorkerOptionsTests : WorkerHome
{
    [Theory]
    [InlineData("\"--speed\" is not an option", "--speed")]
    [InlineData("--profiles: \"99p\" is not known", "--profiles", "99p")]
    [InlineData("--profiles: \"720p\" is named twice", "--profiles", "720p,720p")]
    [InlineData("--fail-at: \"101\" is not a percentage", "--fail-at", "101")]
    [InlineData("--crash-at: \"most\" is not a percentage", "--crash-at", "most")]
    [InlineData("--no-cache does not go with --crash-at", "--no-cache", "--crash-at", "50")]
    [InlineData("--jobs: \"0\" is not a number from 1 to 16", "--jobs=0")]
    [InlineData("--prefetch: \"17\" is not a number from 0 to 16", "--prefetch", "17")]
    [InlineData("--origin-seconds: \"soon\" is not a number of seconds", "--prefetch", "2", "--origin-seconds", "soon")]
    [InlineData("--origin-seconds goes with --prefetch only", "--origin-seconds", "2")]
    [InlineData("--prefetch goes neither with --crash-at", "--prefetch", "2", "--crash-at", "50")]
    [InlineData("--video: there is no file", "--video", "/does/not/exist.mp4")]
    [InlineData("--video takes a file, or an address", "--video", "ftp://host/video.mp4")]
    [InlineData("--ipfs needs the http(s) address", "--ipfs", "127.0.0.1:5001")]
    [InlineData("--report: there is no directory", "--report", "/does/not/exist.json")]
    [InlineData("--cache needs a value", "--cache", "--jobs", "2")]
    [InlineData("--no-cache goes neither", "--no-cache", "--keep")]
    public async Task Option_that_makes_no_sense_is_refused_with_a_reason(string reason, params string[] arguments)
    {
        var (exitCode, output) = await WorkerRun.ToTheEndAsync(Home, arguments);

        exitCode.Should().Be(2);
        output.Should().Contain(reason);
        Directory.EnumerateFileSystemEntries(Home).Should().BeEmpty("nothing is begun");
    }

    [Fact]
    public async Task Refused_address_is_not_repeated()
    {
        var (_, output) = await WorkerRun.ToTheEndAsync(Home, "--video", "ftp://user:secret@host/video.mp4");

        output.Should().NotContain("secret");
    }

    [Fact]
    public async Task Wrong_cache_setting_is_refused_with_its_key()
    {
        var (exitCode, output) = await WorkerRun.ToTheEndAsync(Home, "--Cache:MaxSize=much");

        exitCode.Should().Be(2);
        output.Should().Contain("MaxSize").And.Contain("much");
    }

    [Fact]
    public async Task Help_names_every_option()
    {
        var (exitCode, output) = await WorkerRun.ToTheEndAsync(Home, "--help");

        exitCode.Should().Be(0);
        output.Should().ContainAll("--video", "--profiles", "--fail-at", "--crash-at", "--cache", "--keep", "--no-cache", "--jobs", "--ipfs", "--report");
    }
}
