using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SmartCache.Configuration;
using SmartCache.Diagnostics;

namespace SmartCache.Hosting;

/// <summary>
/// The worker's optional helpers, made at their first use and kept to the end of the cache. Not earlier: a helper may itself take the cache, and one whose
/// constructor fails or hangs must not take the host's start along. They live in a scope of their own, so that a helper of any lifetime will do.
/// </summary>
internal sealed class WorkerHelpers(IServiceProvider provider, ILogger logger) : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly Lock _making = new();
    private readonly Dictionary<Type, object> _made = [];
    private AsyncServiceScope? _scope;
    private bool _failed;
    private volatile bool _disposed;

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
                ObjectDisposedException.ThrowIf(_disposed, this);
                _made.Add(typeof(T), helper);
                return helper;
            }
            catch (Exception exception) when (!_failed && !_disposed)
            {
                _failed = true;
                logger.HelperNotMade(typeof(T).Name, FailureNames.Of(exception));
                throw;
            }
            finally
            {
                if (_disposed && TakeScope() is { } late)
                {
                    // Nobody waited for it, so nobody else ends it.
                    _ = Task.Run(() => EndAsync(late));
                }
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        _disposed = true;
        if (_making.TryEnter(Patience))
        {
            AsyncServiceScope? scope;
            try
            {
                scope = TakeScope();
            }
            finally
            {
                _making.Exit();
            }

            await EndAsync(scope).ConfigureAwait(false);
        }

        // Else the worker's constructor hangs. That must not hang the end of its host; where it comes back, what it made is ended there.
    }

    private AsyncServiceScope? TakeScope()
    {
        var scope = _scope;
        _scope = null;
        return scope;
    }

    private async Task EndAsync(AsyncServiceScope? scope)
    {
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
