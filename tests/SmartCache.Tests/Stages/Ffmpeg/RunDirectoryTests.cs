using System.Diagnostics;
using SmartCache.FFMpegCore;
using SmartCache.FFMpegCore.Files;
using SmartCache.FFMpegCore.Running;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Stages.Ffmpeg;

public sealed class RunDirectoryTests : IDisposable
{
    private readonly ScratchDirectory _scratch = new();
    private readonly ProfileFiles _files = new("720p");

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData("720p")]
    [InlineData("480p")]
    public async Task Run_of_another_process_is_left_alone_while_it_lives_and_swept_once_it_was_killed(string profile)
    {
        var other = _scratch["out/" + new ProfileFiles(profile).NewRunName()];
        Directory.CreateDirectory(other);
        await File.WriteAllTextAsync(Path.Combine(other, "720p_00000.ts"), "half a segment");
        using var holder = Process.Start(new ProcessStartInfo("flock", ["--exclusive", other, "sh", "-c", "echo held; cat"]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        (await holder.StandardOutput.ReadLineAsync().Guarded()).Should().Be("held");

        using (new RunDirectory(_scratch["out"], _files))
            File.Exists(Path.Combine(other, "720p_00000.ts")).Should().BeTrue("its owner lives");
        holder.Kill(entireProcessTree: true);
        await holder.StandardOutput.ReadToEndAsync().Guarded();
        await holder.WaitForExitAsync().Guarded();

        using (new RunDirectory(_scratch["out"], _files))
            Directory.Exists(other).Should().BeFalse("its owner is dead");
    }

    [Fact]
    public async Task Run_is_locked_for_other_processes_while_it_lasts_and_not_by_the_programs_that_it_starts()
    {
        List<string> lines = [];
        using var run = new RunDirectory(_scratch["out"], _files);

        (await RunAsync("flock", ["--nonblock", run.Path, "true"], lines)).Should().Be(1);
        // The lock of a worker that was killed would live on in its orphaned ffmpeg.
        (await RunAsync("ls", ["-l", "/proc/self/fd"], lines)).Should().Be(0);

        lines.Should().HaveCountGreaterThan(3).And.NotContain(line => line.Contains(run.Path, StringComparison.Ordinal));
    }

    [Fact]
    public void Directory_that_is_only_named_like_a_run_is_left_alone()
    {
        string[] others = [".720p.0000.run", ".720p.0123456789abcdef0123456789abcdef.running", "720p.0123456789abcdef0123456789abcdef.run"];
        foreach (var name in others)
            Directory.CreateDirectory(_scratch["out/" + name]);

        new RunDirectory(_scratch["out"], _files).Dispose();

        Directory.GetDirectories(_scratch["out"]).Select(Path.GetFileName).Should().BeEquivalentTo(others);
    }

    [Fact]
    public void Earlier_of_two_runs_of_one_profile_does_not_mix_its_files_with_the_later_ones()
    {
        using var first = Finished();
        using var second = Finished();
        using var elsewhere = new RunDirectory(_scratch["out"], new ProfileFiles("480p"));
        // Within a millisecond either can be the later one.
        var (earlier, later) = string.CompareOrdinal(first.Path, second.Path) < 0 ? (first, second) : (second, first);

        earlier.Invoking(run => run.Publish()).Should().Throw<FfmpegException>().WithMessage("*later encode*");
        later.Publish();

        File.ReadAllText(_scratch["out/720p_00000.ts"]).Should().Be(later.Path);
        File.ReadAllText(_scratch["out/720p.m3u8"]).Should().Be(later.Path);
    }

    private RunDirectory Finished()
    {
        var run = new RunDirectory(_scratch["out"], _files);
        File.WriteAllText(Path.Combine(run.Path, "720p_00000.ts"), run.Path);
        File.WriteAllText(Path.Combine(run.Path, _files.Playlist), run.Path);
        return run;
    }

    private static Task<int> RunAsync(string program, string[] arguments, List<string> lines) =>
        ChildProcess.RunAsync(program, arguments, null, lines.Add, _ => { }, CancellationToken.None);
}
