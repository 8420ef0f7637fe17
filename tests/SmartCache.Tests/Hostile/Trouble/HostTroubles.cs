using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SmartCache.Tests.Support;
using SmartCache.Tests.Uploads;

namespace SmartCache.Tests.Hostile.Trouble;

/// <summary>What the host plugs in throws, or the container makes it late, twice or never.</summary>
internal static class HostTroubles
{
    private static readonly AsyncLocal<bool> _isInTrouble = new();

    public static IReadOnlyList<TroubleCase> All { get; } =
    [
        .. new[] { nameof(ILogger.Log), nameof(ILogger.IsEnabled), nameof(ILoggerProvider.CreateLogger) }.Select(static where => new TroubleCase(
            $"a logger that throws ({where})", "a logging provider", scene => scene.PlugIn = services => services.AddSingleton<ILoggerProvider>(new ThrowingLoggerProvider(where)))),
        .. new[] { nameof(MeterListener.InstrumentPublished), "measurement", nameof(IMeterFactory.Create) }.Select(static where => new TroubleCase(
            $"meters that throw ({where})", where == nameof(IMeterFactory.Create) ? "a meter factory" : "a meter listener", scene =>
            {
                var meters = scene.Own(new ThrowingMeters(where));
                scene.PlugIn = services => services.AddSingleton<IMeterFactory>(meters);
            })),
        .. new[] { nameof(ActivityListener.Sample), nameof(ActivityListener.ActivityStarted), nameof(ActivityListener.ActivityStopped) }.Select(static where => new TroubleCase(
            $"an activity listener that throws ({where})", "an activity listener", scene => Listen(scene, where))),
        new("progress that throws", "the worker's IProgress, to which only the cache reports", static scene =>
        {
            scene.Stages.ReportsNothing = true;
            scene.Plan = scene.Plan with { Progress = new ThrowingProgress() };
        }),
        new("progress that throws into the stages too", "the same, and the stages report as well", static scene => scene.Plan = scene.Plan with { Progress = new ThrowingProgress() }),
        new("a probe that throws", "an ISourceProbe", static scene => Plug<ISourceProbe>(scene, static () => new FakeProbe { Before = static _ => throw new BadImageFormatException() })),
        new("a presence check that throws", "an IUploadPresence, asked after 2 h", static scene =>
        {
            Plug<IUploadPresence>(scene, static () => new AnsweringPresence(static (_, _) => throw new OperationCanceledException()));
            JumpBetween(scene, TimeSpan.FromHours(2));
        }),
        new("a recipe that throws", "DescribeAsync", static scene => scene.Stages.Describing = static () => throw new InvalidOperationException("no such filter")),
        new("a probe that is made late", "a factory that throws twice", static scene =>
        {
            var tries = 0;
            Plug<ISourceProbe>(scene, () => ++tries < 3 ? throw new InvalidOperationException("not yet") : new FakeProbe());
        }),
        new("a probe that is made twice", "two registrations, the first throws when it is made", static scene => scene.PlugIn = static services => services
            .AddTransient<ISourceProbe>(static _ => throw new InvalidOperationException()).AddTransient<ISourceProbe>(static _ => new FakeProbe())),
        new("helpers that are never made", "factories that throw", static scene => scene.PlugIn = static services => services
            .AddSingleton<ISourceProbe>(static _ => throw new InvalidOperationException()).AddSingleton<IUploadPresence>(static _ => throw new InvalidOperationException())),
        new("a probe whose making hangs", "a factory that does not return until the end", static scene =>
        {
            var made = scene.Own(new ManualResetEventSlim());
            scene.Plan = scene.Plan with { WaitsForSaves = false };
            Plug<ISourceProbe>(scene, () =>
            {
                made.Wait();
                return new FakeProbe();
            });
            scene.Mend(made.Set);
        }),
    ];

    /// <summary>Somebody sets the clock between the attempts.</summary>
    public static void JumpBetween(Scene scene, TimeSpan jump)
    {
        var time = new ShiftedTime();
        var plugIn = scene.PlugIn;
        scene.PlugIn = services =>
        {
            plugIn(services);
            services.AddSingleton<TimeProvider>(time);
        };
        scene.Between = () => time.Shift = jump;
    }

    private static void Plug<T>(Scene scene, Func<T> make)
        where T : class => scene.PlugIn = services => services.AddTransient(_ => make());

    // Other tests run at the same time, and their activities come here too.
    private static void Listen(Scene scene, string where)
    {
        _isInTrouble.Value = true;
        ActivitySource.AddActivityListener(scene.Own(new ActivityListener
        {
            ShouldListenTo = static source => source.Name == "SmartCache",
            Sample = (ref _) => Throw(nameof(ActivityListener.Sample)) ? ActivitySamplingResult.AllData : ActivitySamplingResult.None,
            ActivityStarted = _ => Throw(nameof(ActivityListener.ActivityStarted)),
            ActivityStopped = _ => Throw(nameof(ActivityListener.ActivityStopped)),
        }));

        bool Throw(string at) => _isInTrouble.Value && (at == where ? throw new InvalidOperationException("the exporter is gone") : true);
    }
}
