using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace SmartCache.HealthChecks;

/// <summary>Asks the cache what it remembers, and judges it. What throws here is a result: one check must not end the others.</summary>
/// <param name="services">The container, or a scope of it.</param>
internal sealed class SmartCacheHealthCheck(IServiceProvider services) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(context);
        try
        {
            return Task.FromResult(Check(context.Registration));
        }
        catch (Exception exception)
        {
            // A cache that cannot be made, most likely for its settings. The types only: a message may hold what the worker keeps to itself.
            return Task.FromResult(new HealthCheckResult(context.Registration.FailureStatus, $"The cache could not be asked ({exception.GetType().Name})."));
        }
    }

    private HealthCheckResult Check(HealthCheckRegistration registration)
    {
        if (services.GetService<ICacheManager>() is not { } cache)
        {
            return new HealthCheckResult(registration.FailureStatus, "There is no cache. Call AddSmartCache() on the worker's services too.");
        }

        var limits = services.GetRequiredService<IOptionsMonitor<SmartCacheHealthOptions>>().Get(registration.Name);
        var state = cache.GetState();
        var before = services.GetRequiredService<HealthMemory>().Of(registration.Name).Take(Elapsed(), state, limits.Window);
        var rules = new HealthRules(state, before, limits);
        HealthFinding[] findings = [.. rules.Apply()];
        var worst = findings.Length == 0 ? HealthStatus.Healthy : findings.Min(static finding => finding.Status);
        return new HealthCheckResult(
            worst == HealthStatus.Unhealthy ? registration.FailureStatus : worst,
            findings.Length > 0 ? string.Join(' ', findings.Select(static finding => finding.Text)) : state.IsEnabled ? "The cache works." : "The cache is off by its settings.",
            data: HealthFigures.Of(state, rules, findings));
    }

    private TimeSpan Elapsed() => services.GetRequiredService<TimeProvider>().GetElapsedTime(0);
}
