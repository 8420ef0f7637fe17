using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace EncoderWorker.Reporting;

/// <summary>What the health check of the cache says at the end of a run. A worker with a web server maps it to a path instead.</summary>
internal static class HealthLine
{
    public static async Task PrintAsync(ProgressBoard board, HealthCheckService checks, CancellationToken cancellationToken)
    {
        var cache = (await checks.CheckHealthAsync(cancellationToken)).Entries["smartcache"];
        board.Print($"Health of the cache: {cache.Status}. {cache.Description}");
    }
}
