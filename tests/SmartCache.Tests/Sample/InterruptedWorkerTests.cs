using SmartCache.Tests.Stages.Ffmpeg;

namespace SmartCache.Tests.Sample;

public class InterruptedWorkerTests : WorkerHome
{
    [FfmpegTheory]
    [InlineData("INT")]
    [InlineData("TERM")]
    [InlineData("KILL")]
    public async Task Worker_ended_in_the_middle_of_an_encode_goes_on_from_what_was_done(string signal)
    {
        var video = await TinyVideo.MakeAsync(Home, seconds: 4);
        string[] arguments = ["--video", video, "--profiles", "144p,720p"];
        await using (var interrupted = WorkerRun.Start(Home, new() { ["PATH"] = EndlessEncoder("720p") + ":" + Environment.GetEnvironmentVariable("PATH") }, arguments))
        {
            await interrupted.UntilAsync(() => HasEntries("sources", 1) && HasEntries("profiles", 1), "the source and the first profile are in the cache");
            await interrupted.SignalAsync(signal);
            (await interrupted.ExitAsync()).Should().Be(signal == "KILL" ? 137 : 130, "it said: {0}", interrupted.Output);
        }

        if (signal != "KILL")
            Directory.EnumerateFileSystemEntries(Work).Should().BeEmpty("an interrupted worker still clears up");

        var report = await RunAsync(arguments);

        var resumed = report.Of(job: 1, attempt: 1);
        resumed.DownloadedBytes.Should().Be(0);
        resumed.EncodeHits.Should().Be(1);
        resumed.EncodedProfiles.Should().Be(1);
        report.Of(job: 1, attempt: 2).Succeeded.Should().BeTrue();
    }

    [FfmpegFact]
    public async Task Worker_that_crashes_while_it_encodes_is_started_again_and_goes_on_in_the_middle()
    {
        const int seconds = 40;
        var video = await TinyVideo.MakeAsync(Home, seconds);

        // Large, so that ffmpeg reports before it is done.
        var report = await RunAsync("--video", video, "--profiles", "720p", "--crash-at", "80");

        var retry = report.Attempts.Should().ContainSingle("the killed one says nothing").Which;
        retry.Should().BeEquivalentTo(new { Attempt = 2, Succeeded = true, DownloadedBytes = 0L, EncodedProfiles = 1, EncodeHits = 0 });
        retry.EncodedSeconds.Should().BeInRange(1, seconds * 0.85, "it went on, from 6 s before what was kept");
        Directory.EnumerateFileSystemEntries(Work).Should().BeEmpty();
        Directory.EnumerateFileSystemEntries(Path.Combine(DemoCache, "profiles", "partials")).Should().BeEmpty();
    }

    /// <summary>
    /// The directory of an ffmpeg that makes no profiles together, so that one of them is done before the other, and whose encode of one profile lasts until its worker
    /// ends it, however long the save of the one before takes.
    /// </summary>
    private string EndlessEncoder(string profile)
    {
        var directory = Directory.CreateDirectory(Path.Combine(Home, "bin")).FullName;
        ShellScript.Write(Path.Combine(directory, "ffmpeg"), $"""
            #!/bin/sh
            worker=$PPID
            case "$*" in *.run1/*) exit 1 ;; esac
            '{TinyVideo.Ffmpeg}' "$@"
            code=$?
            case "$*" in *{profile}*) while kill -0 $worker 2>/dev/null; do sleep 0.1; done ;; esac
            exit $code
            """);
        return directory;
    }

    [FfmpegFact]
    public async Task Second_run_beside_a_running_one_is_refused_with_a_reason()
    {
        var video = await TinyVideo.MakeAsync(Home, seconds: 10);
        await using var running = WorkerRun.Start(Home, "--video", video, "--profiles", "1080p");
        await running.UntilAsync(() => Directory.Exists(Work), "the first job has begun");

        var (exitCode, output) = await WorkerRun.ToTheEndAsync(Home, "--video", video);

        exitCode.Should().Be(1);
        output.Should().Contain("Another run of the sample");
    }
}
