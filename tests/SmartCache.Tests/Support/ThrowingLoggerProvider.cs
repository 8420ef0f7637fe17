using Microsoft.Extensions.Logging;

namespace SmartCache.Tests.Support;

/// <summary>Throws for the cache's categories only: the host's own lines would end its start without the cache too.</summary>
internal sealed class ThrowingLoggerProvider(string where) : ILoggerProvider
{
    private int _threw;

    public int Threw => Volatile.Read(ref _threw);

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName.StartsWith(nameof(SmartCache), StringComparison.Ordinal));

    public void Dispose()
    {
    }

    private bool Throw(string at)
    {
        if (at == where)
        {
            Interlocked.Increment(ref _threw);
            throw new IOException("No space left on device");
        }

        return true;
    }

    private sealed class Logger : ILogger
    {
        private readonly ThrowingLoggerProvider _provider;
        private readonly bool _throws;

        public Logger(ThrowingLoggerProvider provider, bool throws)
        {
            (_provider, _throws) = (provider, throws);
            _ = throws && provider.Throw(nameof(CreateLogger));
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => !_throws || _provider.Throw(nameof(IsEnabled));

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            _ = _throws && _provider.Throw(nameof(Log));
    }
}
