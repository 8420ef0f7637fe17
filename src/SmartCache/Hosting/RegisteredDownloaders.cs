using Microsoft.Extensions.DependencyInjection;
using SmartCache.Prefetch;

namespace SmartCache.Hosting;

/// <summary>The worker's registered downloaders without the cache around them, each in a scope of its own.</summary>
internal sealed class RegisteredDownloaders(IServiceProvider provider, SmartCacheRegistration registration) : IPrefetchDownloaders
{
    public PrefetchDownloader? Open(object? key)
    {
        if (registration.FindUndecorated(typeof(IVideoDownloader), key) is not { } resolve)
        {
            return null;
        }

        var scope = provider.CreateAsyncScope();
        try
        {
            var made = (IVideoDownloader)resolve(scope.ServiceProvider);

            // One that the worker wrapped by hand.
            return new PrefetchDownloader(made is CachingVideoDownloader wrapped ? wrapped.Inner : made, scope);
        }
        catch
        {
            scope.Dispose();
            throw;
        }
    }
}
