using Microsoft.Extensions.Logging;

namespace SmartCache.Diagnostics;

/// <summary>Puts into each line that serves a job which one: see <see cref="Subject"/>.</summary>
internal sealed class SubjectLogger(ILogger inner) : ILogger
{
    public bool IsEnabled(LogLevel logLevel) => inner.IsEnabled(logLevel);

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (Subject.Current is { } subject
            && state is IReadOnlyList<KeyValuePair<string, object?>> values
            && SubjectLine.Of(subject, values, () => formatter(state, exception)) is { } line)
        {
            inner.Log(logLevel, eventId, line, exception, static (line, _) => line.ToString());
            return;
        }

        inner.Log(logLevel, eventId, state, exception, formatter);
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => inner.BeginScope(state);
}
