using Microsoft.Extensions.Logging;

namespace SmartCache.Pool;

/// <summary>Keeps every line of every category, with its values, its scopes and the whole of its exception.</summary>
internal sealed class HeardLog(SecretSearch search) : ILoggerProvider
{
    public ILogger CreateLogger(string categoryName) => new Lines(search, categoryName);

    public void Dispose()
    {
        // Nothing is held.
    }

    private sealed class Lines(SecretSearch search, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
        {
            search.Add("log", $"{category} scope {state} {Values(state)}");
            return null;
        }

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            search.Add("log", $"{category} {eventId} {formatter(state, exception)} {Values(state)} {exception}");

        private static string Values(object? state) => state is IEnumerable<KeyValuePair<string, object?>> values ? string.Join(' ', values.Select(static value => $"{value.Key}={value.Value}")) : "";
    }
}
