using System.Diagnostics;

namespace SmartCache.FFMpegCore.Running;

/// <summary>
/// Tells from time to time that a program is at work which says nothing of it: its processor time has grown. ffmpeg reports no progress before its first picture
/// is encoded (seen with 5.1), and it may have to pass pictures by for minutes until then. A program that hangs gives no sign.
/// </summary>
/// <param name="time">Clock of the look.</param>
/// <param name="onWork">Is told at the beginning, and after each look that found work.</param>
internal sealed class SilentWork(TimeProvider time, Action onWork)
{
    private static readonly TimeSpan s_period = TimeSpan.FromSeconds(10);

    public async Task WatchAsync(Process process, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(s_period, time);
        onWork();
        for (var before = TimeSpan.Zero; await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false);)
        {
            process.Refresh();
            if (process.TotalProcessorTime is var now && now > before)
                onWork();
            before = now;
        }
    }
}
