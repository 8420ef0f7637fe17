using SmartCache.FFMpegCore;
using SmartCache.FFMpegCore.Files;

namespace SmartCache.Tests.Stages.Ffmpeg;

/// <summary>How a retry ends that does not come to its end: what was finished waits for the next one, or is forgotten.</summary>
public sealed class FfmpegResumeEndTests : IDisposable
{
    private readonly ResumableJob _job = new();

    public void Dispose() => _job.Dispose();

    [TmpfsFact]
    public async Task Retry_that_finds_the_disk_full_leaves_what_was_finished_for_the_next_one()
    {
        var source = _job.Source("video.mp4");
        await _job.DieAsync(source, leaves: 4);
        var retry = () => _job.GoOnAsync(source);

        using (new TmpfsMount(_job["resumed"], "64k"))
            (await retry.Should().ThrowAsync<FfmpegException>()).Which.IsTransient.Should().BeTrue();

        _job.Kept.Forgotten.Should().BeEmpty();
        _job.Kept.Parts.Should().HaveCount(4);
    }

    [Fact]
    public async Task Retry_that_is_killed_before_it_finished_anything_goes_back_by_a_segment()
    {
        var source = _job.Source("video.mp4");
        await _job.DieAsync(source, leaves: 5);
        var retry = () => _job.EncodeAsync(source, "retry", instead: ResumableJob.Where("*' -an '*", "exit 137"));

        (await retry.Should().ThrowAsync<FfmpegException>()).Which.IsTransient.Should().BeTrue();
        _job.Kept.Parts.Should().HaveCount(4);
        await retry.Should().ThrowAsync<FfmpegException>();
        (await _job.GoOnAsync(source)).Duration.Should().BeCloseTo(TimeSpan.FromSeconds(12), TimeSpan.FromMilliseconds(100));

        _job.Kept.Forgotten.Should().Equal(TimeSpan.FromSeconds(8), TimeSpan.FromSeconds(6), TimeSpan.Zero);
        _job.Log.Lines.Should().ContainSingle(static line => line.StartsWith("2209 ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Cancelled_retry_forgets_nothing()
    {
        var source = _job.Source("video.mp4");
        await _job.DieAsync(source, leaves: 2);
        using var end = new CancellationTokenSource();
        _job.Kept.OnOpen = end.Cancel;
        var retry = () => _job.EncodeAsync(source, "retry", cancellationToken: end.Token);

        await retry.Should().ThrowAsync<OperationCanceledException>();

        _job.Kept.Forgotten.Should().BeEmpty();
    }

    [Fact]
    public async Task Retry_that_finds_a_later_encode_at_work_in_its_directory_does_not_begin_another_one()
    {
        var source = _job.Source("video.mp4");
        await _job.DieAsync(source, leaves: 4);
        RunDirectory? later = null;
        var progress = new ProgressList { OnReport = report => later ??= report.Phase == "joining" ? new RunDirectory(_job["resumed"], new ProfileFiles("90p")) : null };
        var retry = () => _job.EncodeAsync(source, "resumed", progress: progress);

        (await retry.Should().ThrowAsync<FfmpegException>()).Which.Message.Should().Contain("later encode");

        later.Should().NotBeNull();
        later!.Dispose();
        _job.Kept.Forgotten.Should().BeEmpty();
    }
}
