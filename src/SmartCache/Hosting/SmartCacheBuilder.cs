using Microsoft.Extensions.DependencyInjection;

namespace SmartCache.Hosting;

/// <inheritdoc cref="ISmartCacheBuilder" />
internal sealed class SmartCacheBuilder(IServiceCollection services) : ISmartCacheBuilder
{
    public IServiceCollection Services => services;
}
