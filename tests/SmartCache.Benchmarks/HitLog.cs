using Microsoft.Extensions.Logging;

namespace SmartCache.Benchmarks;

/// <summary>What a worker's logger sees of its hits: how the last one was materialised, and warnings, which are counted.</summary>
internal sealed class HitLog : ILogger
{
    private const int StageDone = 100;

    public WarningCounter Warnings { get; } = new();

    /// <summary>Of the last stage; <see langword="null"/> where no file was given.</summary>
    public MaterializedBy? How { get; set; }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (eventId.Id == StageDone && state is IReadOnlyList<KeyValuePair<string, object?>> values)
        {
            How = Enum.TryParse<MaterializedBy>(values.First(static value => value.Key == "How").Value as string, out var how) ? how : null;
        }

        Warnings.Log(logLevel, eventId, state, exception, formatter);
    }
}
