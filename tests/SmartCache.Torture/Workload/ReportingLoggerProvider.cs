using Microsoft.Extensions.Logging;

namespace SmartCache.Torture.Workload;

/// <summary>Hands on what the cache logs, with its level.</summary>
internal sealed class ReportingLoggerProvider(Action<LogLevel, string> add) : ILoggerProvider
{
    public ILogger CreateLogger(string categoryName) => new Logger(add);

    public void Dispose()
    {
    }

    private sealed class Logger(Action<LogLevel, string> add) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                add(logLevel, formatter(state, exception));
            }
        }
    }
}
