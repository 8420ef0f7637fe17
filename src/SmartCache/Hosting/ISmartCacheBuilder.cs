using Microsoft.Extensions.DependencyInjection;

namespace SmartCache;

/// <summary>What <c>AddSmartCache()</c> returns: stages that are added with its <c>Use…</c> methods are decorated, in any order.</summary>
public interface ISmartCacheBuilder
{
    /// <summary>The worker's services.</summary>
    /// <remarks>
    /// A stage that is registered here, and not with a <c>Use…</c> method, is decorated by the next <c>Use…</c> or <c>AddSmartCache()</c>, or when the host is built
    /// where the cache was added to the host's builder.
    /// </remarks>
    IServiceCollection Services { get; }
}
