using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SmartCache.Diagnostics;

namespace SmartCache.Configuration;

/// <summary>
/// The worker's optional helpers, made at their first use and kept to the end of the cache. Not earlier: a helper may itself take the cache, and one whose
/// constructor fails or hangs must not take the host's start along. They live in a scope of their own, so that a helper of any lifetime will do.
/// </summary>
internal sealed class WorkerHelpers(IServiceProvider provider, ILogger logger) : IAsyncDisposable
{
    private readonly Lock _making = new();
    private readonly Dictionary<Type, object> _made = [];
    private AsyncServiceScope? _scope;
    private bool _failed;
    private bool _disposed;

    /// <summary>Whoever calls this is behind the cache's boundary and waits with a limit: what runs here is the worker's constructor.</summary>
    /// <exception cref="Exception">Whatever the making throws; it is tried again at the next use.</exception>
    public T Get<T>()
        where T : class
    {
        lock (_making)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_made.TryGetValue(typeof(T), out var known))
            {
                return (T)known;
            }

            try
            {
                _scope ??= provider.CreateAsyncScope();
                var helper = _scope.Value.ServiceProvider.GetRequiredService<T>();
                _made.Add(typeof(T), helper);
                return helper;
            }
            catch (Exception exception) when (!_failed)
            {
                _failed = true;
                logger.HelperNotMade(typeof(T).Name, FailureNames.Of(exception));
                throw;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        AsyncServiceScope? scope;
        lock (_making)
        {
            (scope, _scope, _disposed) = (_scope, null, true);
        }

        try
        {
            if (scope is { } made)
            {
                await made.DisposeAsync().ConfigureAwait(false);
            }
        }
        catch (Exception exception)
        {
            // The end of the worker's own helper must not stop the end of its host.
            logger.HelperNotDisposed(FailureNames.Of(exception));
        }
    }
}
