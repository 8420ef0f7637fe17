using Microsoft.Extensions.DependencyInjection;

namespace EncoderWorker.Hosting;

internal static class ServiceDecoration
{
    /// <summary>Puts something of the sample's own around a stage that is registered.</summary>
    public static void Decorate<TService>(this IServiceCollection services, Func<TService, IServiceProvider, TService> wrap)
        where TService : class
    {
        var inner = services.Last(descriptor => descriptor.ServiceType == typeof(TService));
        services.Remove(inner);
        services.Add(ServiceDescriptor.Describe(typeof(TService), provider => wrap((TService)Create(inner, provider), provider), inner.Lifetime));
    }

    private static object Create(ServiceDescriptor descriptor, IServiceProvider provider) =>
        descriptor.ImplementationInstance
        ?? descriptor.ImplementationFactory?.Invoke(provider)
        ?? ActivatorUtilities.CreateInstance(provider, descriptor.ImplementationType!);
}
