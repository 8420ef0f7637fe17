using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace SmartCache.Tests.Support;

/// <summary>Keeps every line.</summary>
internal sealed class ListLogger : ILogger
{
    private readonly ConcurrentQueue<(LogLevel Level, int EventId, string Text)> _lines = new();
    private readonly ConcurrentQueue<LoggedLine> _all = new();

    public IReadOnlyCollection<(LogLevel Level, int EventId, string Text)> Lines => _lines;

    /// <summary>The same with what each line names for machines.</summary>
    public IReadOnlyCollection<LoggedLine> All => _all;

    public IEnumerable<string> Of(int eventId) => _lines.Where(line => line.EventId == eventId).Select(static line => line.Text);

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Add(new LoggedLine(logLevel, eventId.Id, formatter(state, exception) + exception, state as IReadOnlyList<KeyValuePair<string, object?>> ?? []));

    private void Add(LoggedLine line)
    {
        _all.Enqueue(line);
        _lines.Enqueue((line.Level, line.EventId, line.Text));
    }

    public override string ToString() => string.Join('\n', _lines.Select(static line => $"{line.Level} {line.EventId} {line.Text}"));
}
