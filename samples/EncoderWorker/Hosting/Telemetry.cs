using System.Runtime.CompilerServices;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using SmartCache;

namespace EncoderWorker.Hosting;

/// <summary>Sends metrics and traces of the cache by OTLP, where an address is configured. The exporter reads all else from the names that OpenTelemetry gives its settings.</summary>
internal static class Telemetry
{
    private const int Patience = 5000;

    public static void AddTelemetry(this IHostApplicationBuilder builder)
    {
        if (IsOn(builder.Configuration))
            AddExporter(builder.Services);
    }

    /// <summary>Sends what there is while the cache is still there: its gauges end with it, and a run may be over before the first interval is.</summary>
    public static void Flush(IServiceProvider services)
    {
        if (IsOn(services.GetRequiredService<IConfiguration>()))
            FlushExporter(services);
    }

    private static bool IsOn(IConfiguration configuration) => !string.IsNullOrEmpty(configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]);

    // Methods of their own: the runtime loads what a method names when it comes to it, and without an address nothing of OpenTelemetry is loaded.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void AddExporter(IServiceCollection services) => services.AddOpenTelemetry()
        .ConfigureResource(static resource => resource.AddService("encoder-worker"))
        .WithMetrics(static metrics => metrics.AddMeter(SmartCacheTelemetry.MeterName).AddOtlpExporter())
        .WithTracing(static traces => traces.AddSource(SmartCacheTelemetry.ActivitySourceName).AddOtlpExporter());

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void FlushExporter(IServiceProvider services) => services.GetRequiredService<MeterProvider>().ForceFlush(Patience);
}
