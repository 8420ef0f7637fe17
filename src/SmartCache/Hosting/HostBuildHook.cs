using System.Diagnostics;
using Microsoft.Extensions.Hosting;

namespace SmartCache.Hosting;

/// <summary>Runs something right before a host's container is made from its services.</summary>
/// <remarks>
/// The host has no call for that which leaves its container alone: <see cref="IHostApplicationBuilder.ConfigureContainer{TContainerBuilder}"/> replaces the factory, and with it the
/// validation that the host had chosen. But each host tells a diagnostic listener that it is about to be built, with its builder; the tools of EF Core and the tests of
/// ASP.NET Core rely on that too. Where a host does not tell, the stages are as <c>AddSmartCache()</c> left them, and the start-up check names those that bypass it.
/// </remarks>
internal sealed class HostBuildHook : IObserver<DiagnosticListener>, IObserver<KeyValuePair<string, object?>>
{
    private const string Host = "Microsoft.Extensions.Hosting";
    private const string Building = "HostBuilding";

    private static readonly object Attached = new();

    private readonly IHostApplicationBuilder _builder;
    private readonly Action _beforeBuild;
    private readonly IDisposable? _subscription;
    private volatile bool _done;

    private HostBuildHook(IHostApplicationBuilder builder, Action beforeBuild)
    {
        _builder = builder;
        _beforeBuild = beforeBuild;
        _subscription = DiagnosticListener.AllListeners.Subscribe(this);
    }

    /// <summary>Runs <paramref name="beforeBuild"/> when <paramref name="builder"/> builds its host; attaching again does nothing.</summary>
    public static void Attach(IHostApplicationBuilder builder, Action beforeBuild)
    {
        if (builder.Properties.TryAdd(Attached, beforeBuild))
        {
            _ = new HostBuildHook(builder, beforeBuild);
        }
    }

    public void OnNext(DiagnosticListener value)
    {
        if (!_done && value.Name == Host)
        {
            // Ends with the listener, which lives as long as the building of one host.
            _ = value.Subscribe(this, static name => name == Building);
        }
    }

    public void OnNext(KeyValuePair<string, object?> value)
    {
        // Other hosts of the process tell it too, from threads of their own: a builder is known by its properties.
        if (_done || value.Key != Building || value.Value is not IHostBuilder building || !ReferenceEquals(building.Properties, _builder.Properties))
        {
            return;
        }

        _done = true;
        _subscription?.Dispose();
        _beforeBuild();
    }

    public void OnCompleted()
    {
    }

    public void OnError(Exception error)
    {
    }
}
