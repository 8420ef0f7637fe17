using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using SmartCache.HealthChecks;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.HealthChecks;

/// <summary>A worker's container with a cache and its health check.</summary>
internal sealed class CheckedWorker : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    public CheckedWorker(TestCache cache, Action<SmartCacheHealthOptions>? configure = null, TimeProvider? time = null)
        : this(services => services.AddSingleton<ICacheManager>(cache.Manager).AddSingleton(time ?? TimeProvider.System), configure)
    {
    }

    public CheckedWorker(Action<IServiceCollection> register, Action<SmartCacheHealthOptions>? configure = null, HealthStatus? failureStatus = null)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        register(services);
        services.AddHealthChecks().AddSmartCache(configure, failureStatus: failureStatus);
        _services = services.BuildServiceProvider();
    }

    public async Task<HealthReportEntry> AskAsync() => (await _services.GetRequiredService<HealthCheckService>().CheckHealthAsync()).Entries["smartcache"];

    /// <summary>Asks, and expects one finding.</summary>
    public async Task<HealthReportEntry> ShouldBeAsync(HealthStatus status, string findings)
    {
        var answer = await AskAsync();
        (answer.Status, answer.Exception).Should().Be((status, null), answer.Description);
        answer.Data["findings"].Should().Be(findings, answer.Description);
        return answer;
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();
}
