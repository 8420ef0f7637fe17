using System.Reflection;
using Microsoft.Extensions.DependencyInjection;

namespace SmartCache.Hosting;

/// <summary>
/// Decorates what is registered for a service, without a library: each registration is replaced, at its place, by a factory that
/// resolves a copy of it under a private key and wraps that. Lifetime and order stay, and the copy is made and disposed by the container
/// like any other service.
/// </summary>
internal sealed class ServiceDecoration
{
    // Reference equality: two registrations with the same content are two registrations.
    private readonly HashSet<ServiceDescriptor> _own = new(ReferenceEqualityComparer.Instance);

    // By the registration that took its place.
    private readonly Dictionary<ServiceDescriptor, ServiceDescriptor> _inner = new(ReferenceEqualityComparer.Instance);

    /// <summary>How many registrations are decorated.</summary>
    public int Count { get; private set; }

    /// <summary>Whether <paramref name="descriptor"/> is one that this class made.</summary>
    public bool Made(ServiceDescriptor descriptor) => _own.Contains(descriptor);

    /// <summary>Decorates every registration of <paramref name="service"/> that is not decorated yet; calling it again decorates none twice.</summary>
    /// <param name="services">The registrations.</param>
    /// <param name="service">The service to decorate.</param>
    /// <param name="decorate">Makes the decorator from the provider that is resolved from (for a scoped service, the scope's), the inner service and the key.</param>
    public void Decorate(IServiceCollection services, Type service, Func<IServiceProvider, object, object?, object> decorate)
    {
        for (var i = services.Count - 1; i >= 0; i--)
        {
            var original = services[i];
            if (original.ServiceType != service || Made(original) || !CanDecorate(services, original))
            {
                continue;
            }

            var inner = Copy(original);
            object Decorated(IServiceProvider provider) => decorate(provider, provider.GetRequiredKeyedService(inner.ServiceType, inner.ServiceKey), original.ServiceKey);
            var outer = original.IsKeyedService
                ? ServiceDescriptor.DescribeKeyed(service, original.ServiceKey, (provider, _) => Decorated(provider), original.Lifetime)
                : ServiceDescriptor.Describe(service, Decorated, original.Lifetime);
            services[i] = outer;
            services.Insert(i, inner);
            _own.Add(inner);
            _own.Add(outer);
            _inner[outer] = inner;
            Count++;
        }
    }

    /// <summary>Resolves what the last decorated registration of a service under this key wraps; <see langword="null"/> where there is none.</summary>
    public Func<IServiceProvider, object>? FindUndecorated(IServiceCollection services, Type service, object? key)
    {
        var outer = services.LastOrDefault(descriptor => descriptor.ServiceType == service && _inner.ContainsKey(descriptor) && Equals(descriptor.ServiceKey, key));
        return outer is not null && _inner[outer] is var inner ? provider => provider.GetRequiredKeyedService(inner.ServiceType, inner.ServiceKey) : null;
    }

    /// <summary>
    /// Left alone, and reported by the start-up check: a registration for every key at once, because the copy would have to be resolved
    /// with a key that is not known yet, and a type that asks for its key where its own name is taken.
    /// </summary>
    public static bool CanDecorate(IServiceCollection services, ServiceDescriptor original)
    {
        if (!original.IsKeyedService)
        {
            return true;
        }

        return !ReferenceEquals(original.ServiceKey, KeyedService.AnyKey)
            && !(AsksForKey(original)
                && services.Any(other => other.ServiceType == original.KeyedImplementationType && Equals(other.ServiceKey, original.ServiceKey)));
    }

    private static ServiceDescriptor Copy(ServiceDescriptor original)
    {
        var service = original.ServiceType;
        var key = new InnerKey(original.ServiceKey);
        if (!original.IsKeyedService)
        {
            return original.ImplementationInstance is { } instance ? new ServiceDescriptor(service, key, instance)
                : original.ImplementationFactory is { } factory ? ServiceDescriptor.DescribeKeyed(service, key, (provider, _) => factory(provider), original.Lifetime)
                : new ServiceDescriptor(service, key, original.ImplementationType!, original.Lifetime);
        }

        var originalKey = original.ServiceKey;
        return original.KeyedImplementationInstance is { } keyedInstance ? new ServiceDescriptor(service, key, keyedInstance)
            : original.KeyedImplementationFactory is { } keyedFactory ? ServiceDescriptor.DescribeKeyed(service, key, (provider, _) => keyedFactory(provider, originalKey), original.Lifetime)

            // It must get the worker's key and not the private one, so it is told apart by its type instead.
            : AsksForKey(original) ? new ServiceDescriptor(original.KeyedImplementationType!, originalKey, original.KeyedImplementationType!, original.Lifetime)
            : new ServiceDescriptor(service, key, original.KeyedImplementationType!, original.Lifetime);
    }

    /// <summary>Whether a constructor takes the key under which the service is resolved, or services under that key.</summary>
    private static bool AsksForKey(ServiceDescriptor keyed) =>
        keyed.KeyedImplementationType is { } type && type.GetConstructors().SelectMany(constructor => constructor.GetParameters()).Any(parameter =>
            parameter.IsDefined(typeof(ServiceKeyAttribute))
            || parameter.GetCustomAttribute<FromKeyedServicesAttribute>() is { LookupMode: ServiceKeyLookupMode.InheritKey });

    /// <summary>Equal to itself only, so that no one else can resolve the inner service by accident.</summary>
    private sealed class InnerKey(object? original)
    {
        public override string ToString() => $"undecorated {original}";
    }
}
