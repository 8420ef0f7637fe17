using Microsoft.Extensions.Logging;

namespace EncoderWorker.Reporting;

/// <summary>Puts log messages above the live lines; the console logger would write through them.</summary>
internal sealed class BoardLoggerProvider(ProgressBoard board) : ILoggerProvider
{
    public ILogger CreateLogger(string categoryName) => new BoardLogger(board, categoryName);

    public void Dispose()
    {
    }

    private sealed class BoardLogger(ProgressBoard board, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var text = $"{logLevel.ToString().ToUpperInvariant()} {category}[{eventId.Id}] {formatter(state, exception)}";
            // The stack trace is for whoever asked for details.
            var cause = exception is null ? "" : logLevel <= LogLevel.Debug ? $"\n{exception}" : $" ({exception.GetType().Name}: {exception.Message})";
            board.Print(text + cause);
        }
    }
}
