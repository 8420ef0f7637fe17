using EncoderWorker.Jobs;
using EncoderWorker.Measuring;
using EncoderWorker.Options;
using EncoderWorker.Publishing;
using EncoderWorker.Reporting;
using EncoderWorker.Serving;
using EncoderWorker.State;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace EncoderWorker.Hosting;

/// <summary>The worker: runs its jobs, says what came of them, and ends the host.</summary>
internal sealed class EncoderWorkerService(
    WorkerOptions options,
    StateFolder state,
    JobRunner runner,
    JobQueue queue,
    WorkLedger ledger,
    ProgressBoard board,
    RunResult result,
    IServiceProvider services,
    IHostApplicationLifetime lifetime) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            result.ExitCode = await RunAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            board.Print("Interrupted. The same command again goes on from what is done.");
        }
        catch (Exception exception)
        {
            // What leaves a BackgroundService stops the host with a stack trace, which tells a user nothing.
            board.Print($"The run failed: {exception.Message}");
            result.ExitCode = RunResult.Failed;
        }

        lifetime.StopApplication();
    }

    private async Task<int> RunAsync(CancellationToken stoppingToken)
    {
        using var saved = new SavedMeter();
        await using var server = VideoServer.Start(ledger);
        var jobs = await new JobPlanner(options, state, server, board).PlanAsync(stoppingToken);
        Announce();

        var (attempts, queued) = await RunJobsAsync(jobs, server, stoppingToken);
        var figures = saved.Read();
        ResultTable.Print(board, attempts, figures, cacheIsOn: !options.NoCache);
        await HealthLine.PrintAsync(board, services.GetRequiredService<HealthCheckService>(), stoppingToken);
        SayWhereItIs(attempts);
        if (options.ReportFile is { } path)
            await (RunReport.Of(attempts, figures) with { Queue = queued }).WriteAsync(path, stoppingToken);
        Telemetry.Flush(services);
        return attempts.GroupBy(attempt => attempt.Job).All(job => job.Last().Succeeded) ? 0 : RunResult.Failed;
    }

    private async Task<(IReadOnlyList<AttemptRecord> Attempts, QueueReport? Queued)> RunJobsAsync(IReadOnlyList<EncodeJob> jobs, VideoServer server, CancellationToken stoppingToken) =>
        options.Prefetch is null
            ? ([.. (await Task.WhenAll(jobs.Select(job => runner.RunAsync(job, stoppingToken)))).SelectMany(job => job)], null)
            : await queue.RunAsync(jobs, server, options.Video ?? await TestVideo.EnsureAsync(state.VideoFolder, board, stoppingToken), stoppingToken);

    private void Announce()
    {
        board.Print(options.Ipfs is null
            ? $"Upload: into the folder {state.PublishFolder}, which stands in for an IPFS node (--ipfs URL takes a real one)."
            : "Upload: to the IPFS node given with --ipfs.");
        if (options.FailAtPercent > 0)
            board.Print($"The first upload is cut on purpose after {options.FailAtPercent} % of its files (--fail-at 0 leaves it alone).");
    }

    private void SayWhereItIs(IEnumerable<AttemptRecord> attempts)
    {
        var folder = services.GetService<PublishFolder>();
        foreach (var id in attempts.Select(attempt => attempt.PublishedAs).OfType<string>().Distinct())
            board.Print(folder is null ? $"Published: ipfs://{id}" : $"Published: {Path.Combine(folder.TreePath(id), "master.m3u8")}");
    }
}
