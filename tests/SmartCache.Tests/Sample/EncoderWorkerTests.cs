namespace SmartCache.Tests.Sample;

public class EncoderWorkerTests : WorkerHome
{
    [FfmpegFact]
    public async Task Retry_after_a_failed_upload_downloads_nothing_encodes_nothing_and_sends_the_rest()
    {
        var video = await TinyVideo.MakeAsync(Home, seconds: 4);

        var report = await RunAsync("--video", video, "--profiles", "240p,144p");

        var first = report.Of(job: 1, attempt: 1);
        var retry = report.Of(job: 1, attempt: 2);
        var files = retry.UploadedFiles + retry.SkippedFiles;
        first.Should().BeEquivalentTo(new
        {
            Succeeded = false,
            DownloadedBytes = new FileInfo(video).Length,
            EncodedProfiles = 2,
            EncodeHits = 0,
            UploadedFiles = (int)(files * 0.9),
            SkippedFiles = 0,
        });
        retry.Should().BeEquivalentTo(new
        {
            Succeeded = true,
            DownloadedBytes = 0L,
            EncodedProfiles = 0,
            EncodeHits = 2,
            UploadedFiles = files - first.UploadedFiles,
            SkippedFiles = first.UploadedFiles,
        });
        report.Attempts.Should().HaveCount(2);
        report.Saved.Seconds.Should().BePositive();
        report.Saved.Bytes.Should().BeGreaterThanOrEqualTo(new FileInfo(video).Length);
        Directory.EnumerateFiles(Published).Should().HaveCountGreaterThan(4, "two playlists, a master and segments are published");
    }

    [FfmpegFact]
    public async Task Queue_downloads_the_next_sources_while_it_encodes()
    {
        var video = await TinyVideo.MakeAsync(Home, seconds: 4);

        var report = await RunAsync("--video", video, "--profiles", "144p", "--jobs", "3", "--prefetch", "2", "--origin-seconds", "0.1");

        report.Queue.Should().BeEquivalentTo(new { Ahead = 2, Jobs = 3, OriginSeconds = 0.1 });
        report.Attempts.Should().HaveCount(3).And.OnlyContain(static attempt => attempt.Succeeded && attempt.EncodedProfiles == 1);
        report.Of(job: 1, attempt: 1).DownloadedBytes.Should().BeGreaterThanOrEqualTo(new FileInfo(video).Length);
        report.Attempts.Skip(1).Sum(static attempt => attempt.DownloadedBytes).Should().BeLessThan(2 * new FileInfo(video).Length, "what came ahead no job asked the origin for");
    }

    [FfmpegFact]
    public async Task Work_directory_is_gone_after_each_attempt()
    {
        var video = await TinyVideo.MakeAsync(Home, seconds: 4);

        await RunAsync("--video", video, "--profiles", "144p");

        Directory.EnumerateFileSystemEntries(Work).Should().BeEmpty();
    }

    [FfmpegFact]
    public async Task Without_a_cache_the_retry_does_everything_again()
    {
        var video = await TinyVideo.MakeAsync(Home, seconds: 4);

        var report = await RunAsync("--video", video, "--profiles", "144p", "--no-cache");

        var retry = report.Of(job: 1, attempt: 2);
        retry.DownloadedBytes.Should().Be(new FileInfo(video).Length);
        retry.EncodedProfiles.Should().Be(1);
        retry.SkippedFiles.Should().Be(0);
        report.Saved.Should().Be(new WorkerReport.SavedPart(0, 0));
        Directory.Exists(DemoCache).Should().BeFalse("nothing may be written where the cache is off");
    }

    [FfmpegFact]
    public async Task Without_a_cache_wins_over_the_environment()
    {
        var video = await TinyVideo.MakeAsync(Home, seconds: 4);

        await using var run = WorkerRun.Start(
            Home, new Dictionary<string, string> { ["CACHE_ENABLED"] = "true", ["Cache__Enabled"] = "true" }, "--video", video, "--profiles", "144p", "--no-cache", "--report", ReportFile);
        (await run.ExitAsync()).Should().Be(0, "the worker said: {0}", run.Output);

        (await WorkerReport.ReadAsync(ReportFile)).Of(job: 1, attempt: 2).EncodedProfiles.Should().Be(1, "the option says so");
        Directory.Exists(DemoCache).Should().BeFalse();
    }

    [Theory]
    [InlineData("lock", "may not write to")]
    [InlineData("unfinished", "is denied")]
    public async Task State_folder_that_cannot_be_written_is_said_in_one_line(string file, string reason)
    {
        // A directory in the place of a file is refused as one of another user's is, also to root.
        Directory.CreateDirectory(Path.Combine(Home, "smartcache-sample", file));

        var (exitCode, output) = await WorkerRun.ToTheEndAsync(Home, "--fail-at", "0");

        exitCode.Should().Be(1, "the worker said: {0}", output);
        output.Should().Contain(reason).And.NotContain("Exception").And.NotContain("   at ");
    }

    [FfmpegFact]
    public async Task Jobs_at_once_download_and_encode_each_source_once()
    {
        var video = await TinyVideo.MakeAsync(Home, seconds: 4);

        var report = await RunAsync("--video", video, "--profiles", "240p,144p", "--jobs", "3");

        // Jobs 1 and 3 share a source. Job 2 has its own, which is 16 bytes longer.
        report.Attempts.Sum(attempt => attempt.DownloadedBytes).Should().Be((2 * new FileInfo(video).Length) + 16);
        report.Attempts.Sum(attempt => attempt.EncodedProfiles).Should().Be(4);
        // A job whose tree another one has published meanwhile has no upload that could be cut: it needs no second attempt.
        report.Attempts.GroupBy(attempt => attempt.Job).Should().HaveCount(3).And.OnlyContain(job => job.Last().Succeeded);
        report.Attempts.Where(attempt => attempt.Attempt == 2).Should().NotBeEmpty().And.OnlyContain(retry =>
            retry.DownloadedBytes == 0 && retry.EncodedProfiles == 0 && retry.EncodeHits == 2);
    }

    [FfmpegFact]
    public async Task Finished_job_run_again_over_the_same_cache_does_nothing()
    {
        var video = await TinyVideo.MakeAsync(Home, seconds: 4);
        var cache = Path.Combine(Home, "own-cache");
        await RunAsync("--video", video, "--profiles", "144p", "--fail-at", "0", "--cache", cache);

        var report = await RunAsync("--video", video, "--profiles", "144p", "--fail-at", "0", "--cache", cache);

        var only = report.Attempts.Should().ContainSingle().Subject;
        only.Should().BeEquivalentTo(new { Succeeded = true, DownloadedBytes = 0L, EncodedProfiles = 0, EncodeHits = 1, UploadedFiles = 0 });
        only.SkippedFiles.Should().BePositive();
    }

    [FfmpegFact]
    public async Task Publish_folder_emptied_between_the_runs_is_filled_again()
    {
        var video = await TinyVideo.MakeAsync(Home, seconds: 4);
        await RunAsync("--video", video, "--profiles", "144p", "--fail-at", "0", "--keep");
        var published = Directory.GetFiles(Published).Length;
        Directory.Delete(Path.GetDirectoryName(Published)!, recursive: true);

        await RunAsync("--video", video, "--profiles", "144p", "--fail-at", "0", "--keep");

        Directory.GetFiles(Published).Should().HaveCount(published);
    }

    [FfmpegFact]
    public async Task Demo_cache_is_emptied_before_a_run_unless_it_is_kept()
    {
        var video = await TinyVideo.MakeAsync(Home, seconds: 4);
        string[] arguments = ["--video", video, "--profiles", "144p", "--fail-at", "0"];
        await RunAsync(arguments);

        var kept = await RunAsync([.. arguments, "--keep"]);
        var emptied = await RunAsync(arguments);

        kept.Of(job: 1, attempt: 1).EncodedProfiles.Should().Be(0);
        emptied.Of(job: 1, attempt: 1).EncodedProfiles.Should().Be(1);
    }
}
