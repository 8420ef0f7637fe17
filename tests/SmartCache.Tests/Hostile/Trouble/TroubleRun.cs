using System.Globalization;
using System.Text.Json;
using SmartCache.Tests.Support;
using SmartCache.Worker.WholeJob;

namespace SmartCache.Tests.Hostile.Trouble;

/// <summary>A first attempt whose upload fails, and its retry, on a scene of their own.</summary>
/// <param name="First">The first attempt.</param>
/// <param name="Retry">The second.</param>
/// <param name="Log">All that the worker's log has.</param>
internal sealed record TroubleRun(AttemptSeen First, AttemptSeen Retry, string Log)
{
    private const int NodeTakes = 3;

    public static async Task<TroubleRun> OfAsync(TroubleCase trouble, bool cached)
    {
        using var scene = new Scene();
        trouble.Make(scene);
        var run = scene.Process is null ? await InProcessAsync(scene, cached) : await InProcessesAsync(scene, cached);
        scene.After();
        return run;
    }

    private static async Task<TroubleRun> InProcessAsync(Scene scene, bool cached)
    {
        var (stages, log) = (scene.Stages, new WarningIds());
        using var host = JobProcess.Build(stages, log, cached ? scene.Cache : null, scene.PlugIn, cached ? scene.AddDisk : static _ => { }, [.. scene.Settings]);
        await JobProcess.LookAsync(host.Services).Guarded();
        stages.NodeTakes = NodeTakes;
        var first = await AttemptAsync(1);
        scene.Between();
        stages.NodeTakes = int.MaxValue;
        var retry = await AttemptAsync(2);
        scene.MendAll();
        return new TroubleRun(first, retry, log.ToString());

        async Task<AttemptSeen> AttemptAsync(int number)
        {
            var attempt = JobAttempt.RunAsync(host.Services, stages, scene.Node, scene.Plan, number, () => log.Said);
            (await Task.WhenAny(attempt, Task.Delay(HangGuard.Limit))).Should().BeSameAs(attempt, "attempt {0} comes to an end; so far: {1}", number, log);
            return await attempt;
        }
    }

    private static async Task<TroubleRun> InProcessesAsync(Scene scene, bool cached)
    {
        var first = await InAProcessAsync(1, NodeTakes);
        scene.Between();
        return new TroubleRun(first, await InAProcessAsync(2, int.MaxValue), "");

        async Task<AttemptSeen> InAProcessAsync(int number, int takes)
        {
            using var worker = scene.Process!(
                ["whole-job", cached ? scene.Cache : JobProcess.WithoutCache, scene.Plan.Work, scene.Node, number.ToString(CultureInfo.InvariantCulture), takes.ToString(CultureInfo.InvariantCulture)]);
            var line = await worker.ReadLineAsync();
            (await worker.ExitAsync()).Should().Be(0);
            return JsonSerializer.Deserialize<AttemptSeen>(line!)!;
        }
    }
}
