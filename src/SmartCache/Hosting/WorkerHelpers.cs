using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SmartCache.Configuration;
using SmartCache.Diagnostics;

namespace SmartCache.Hosting;

/// <summary>
/// The worker's optional helpers, made at their first use and kept to the end of the cache. Not earlier: a helper may itself take the cache, and one whose
/// constructor fails or hangs must not take the host's start along, nor the other helper. Each lives in a scope of its own, so that a helper of any lifetime will do;
/// one scope for all would be locked by the one that hangs.
/// </summary>
internal sealed class WorkerHelpers(IServiceProvider provider, ILogger logger) : IAsyncDisposable
{
    private static readonly TimeSpan PatienceAtTheEnd = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<Type, Helper> _helpers = new();
    private volatile bool _disposed;

    /// <summary>
    /// How long others wait for a constructor, from its beginning on: nearly as long as a question to a helper may take as a whole. One that has not come back by then
    /// holds nobody up any more.
    /// </summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(25);

    /// <summary>Whoever calls this is behind the cache's boundary and waits with a limit: what runs here is the worker's constructor.</summary>
    /// <exception cref="TimeoutException">Another caller is making it, and its constructor does not come back.</exception>
    /// <exception cref="Exception">Whatever the making throws; it is tried again at the next use.</exception>
    public T Get<T>()
        where T : class
    {
        var helper = _helpers.GetOrAdd(typeof(T), static _ => new Helper());
        if (!helper.Making.TryEnter(helper.Left(Patience)))
        {
            throw new TimeoutException($"{typeof(T).Name} is being made, and its constructor does not come back.");
        }

        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (helper.Made is T known)
            {
                return known;
            }

            try
            {
                helper.Begins();
                helper.Scope ??= provider.CreateAsyncScope();
                var made = helper.Scope.Value.ServiceProvider.GetRequiredService<T>();
                ObjectDisposedException.ThrowIf(_disposed, this);
                helper.Made = made;
                return made;
            }
            catch (Exception exception) when (!helper.HasFailed && !_disposed)
            {
                helper.HasFailed = true;
                logger.HelperNotMade(typeof(T).Name, FailureNames.Of(exception));
                throw;
            }
            finally
            {
                helper.Ends();
                if (_disposed && helper.TakeScope() is { } late)
                {
                    // Nobody waited for it, so nobody else ends it.
                    _ = Task.Run(() => EndAsync(late));
                }
            }
        }
        finally
        {
            helper.Making.Exit();
        }
    }

    public async ValueTask DisposeAsync()
    {
        _disposed = true;
        foreach (var helper in _helpers.Values)
        {
            // Else the worker's constructor hangs. That must not hang the end of its host; where it comes back, what it made is ended there.
            if (helper.Making.TryEnter(PatienceAtTheEnd))
            {
                AsyncServiceScope? scope;
                try
                {
                    scope = helper.TakeScope();
                }
                finally
                {
                    helper.Making.Exit();
                }

                await EndAsync(scope).ConfigureAwait(false);
            }
        }
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

    /// <summary>All but the lock belongs to whoever holds that.</summary>
    private sealed class Helper
    {
        private long _began;

        public Lock Making { get; } = new();

        public AsyncServiceScope? Scope { get; set; }

        public object? Made { get; set; }

        public bool HasFailed { get; set; }

        /// <summary>The making begins, under the lock.</summary>
        public void Begins() => Volatile.Write(ref _began, Stopwatch.GetTimestamp());

        /// <summary>The making is over, however.</summary>
        public void Ends() => Volatile.Write(ref _began, 0);

        /// <summary>What is left of the patience with whoever is making it; needs no lock.</summary>
        public TimeSpan Left(TimeSpan patience)
        {
            var left = Volatile.Read(ref _began) is > 0 and var began ? patience - Stopwatch.GetElapsedTime(began) : patience;
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }

        public AsyncServiceScope? TakeScope()
        {
            var scope = Scope;
            Scope = null;
            return scope;
        }
    }
}
