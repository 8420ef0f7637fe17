namespace SmartCache.Tests.Sample;

public class InterruptedWorkerTests : WorkerHome
{
    [FfmpegTheory]
    [InlineData("INT")]
    [InlineData("TERM")]
    [InlineData("KILL")]
    public async Task Worker_ended_in_the_middle_of_an_encode_goes_on_from_what_was_done(string signal)
    {
        // The second profile takes long enough to be interrupted, also where others keep the machine from saving the first one soon.
        var video = await TinyVideo.MakeAsync(Home, seconds: 25);
        string[] arguments = ["--video", video, "--profiles", "144p,720p"];
        await using (var interrupted = WorkerRun.Start(Home, arguments))
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
