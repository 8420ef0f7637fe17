using Microsoft.Extensions.DependencyInjection;
using SmartCache.Hosting;

namespace SmartCache.Tests.Configuration;

public class ServiceDecorationTests
{
    private readonly IServiceCollection _services = new ServiceCollection();
    private readonly ServiceDecoration _decoration = new();

    public static TheoryData<ServiceLifetime, string> Registrations
    {
        get
        {
            var data = new TheoryData<ServiceLifetime, string>();
            foreach (var lifetime in Enum.GetValues<ServiceLifetime>())
            {
                foreach (var kind in new[] { "type", "factory", "keyed type", "keyed factory" })
                {
                    data.Add(lifetime, kind);
                }
            }

            data.Add(ServiceLifetime.Singleton, "instance");
            data.Add(ServiceLifetime.Singleton, "keyed instance");
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Registrations))]
    public void Every_kind_of_registration_is_decorated_in_its_lifetime_and_disposed_once(ServiceLifetime lifetime, string kind)
    {
        object? key = kind.StartsWith("keyed", StringComparison.Ordinal) ? "k" : null;
        _services.Add(kind.Split(' ')[^1] switch
        {
            "type" => new ServiceDescriptor(typeof(IRelay), key, typeof(Relay), lifetime),
            "factory" => key is null
                ? ServiceDescriptor.Describe(typeof(IRelay), _ => new Relay(), lifetime)
                : ServiceDescriptor.DescribeKeyed(typeof(IRelay), key, (_, k) => new Relay((string)k!), lifetime),
            _ => new ServiceDescriptor(typeof(IRelay), key, new Relay()),
        });

        Decorate();

        var container = Build();
        var seen = new List<Relay>();
        for (var i = 0; i < 2; i++)
        {
            using var scope = container.CreateScope();
            var outer = Resolve(scope.ServiceProvider, key);
            var inner = outer.Inner.Should().BeOfType<Relay>().Subject;
            inner.Name.Should().Be(kind == "keyed factory" ? "k" : "relay", "a keyed factory gets the worker's key");
            seen.Add(inner);
            (Resolve(scope.ServiceProvider, key) == outer).Should().Be(lifetime != ServiceLifetime.Transient);
            if (lifetime == ServiceLifetime.Scoped)
            {
                outer.Provider.Should().BeSameAs(scope.ServiceProvider);
            }
        }

        (seen[0] == seen[1]).Should().Be(lifetime == ServiceLifetime.Singleton);
        container.Dispose();
        seen.Should().OnlyContain(inner => inner.Disposals == (kind.EndsWith("instance", StringComparison.Ordinal) ? 0 : 1), "instances are their registrant's");
    }

    [Fact]
    public void Repeated_registrations_are_each_decorated_in_place()
    {
        _services.AddSingleton<IRelay>(new Relay("a"));
        _services.AddSingleton("between");
        _services.AddScoped<IRelay>(_ => new Relay("b"));
        _services.AddTransient<IRelay>(_ => new Relay("c"));

        Decorate();

        using var container = Build();
        using var scope = container.CreateScope();
        scope.ServiceProvider.GetServices<IRelay>().Select(relay => relay.Name).Should().Equal("[a]", "[b]", "[c]");
        scope.ServiceProvider.GetRequiredService<IRelay>().Name.Should().Be("[c]");
        _decoration.Count.Should().Be(3);
        _services.Where(descriptor => descriptor.ServiceType == typeof(IRelay) && !descriptor.IsKeyedService).Select(descriptor => descriptor.Lifetime)
            .Should().Equal(ServiceLifetime.Singleton, ServiceLifetime.Scoped, ServiceLifetime.Transient);
    }

    [Fact]
    public void A_second_call_decorates_only_what_was_added_since()
    {
        _services.AddSingleton<IRelay>(new Relay("a"));
        Decorate();
        Decorate();
        _services.AddSingleton<IRelay>(new Relay("b"));
        Decorate();

        using var container = Build();
        container.GetServices<IRelay>().Select(relay => relay.Name).Should().Equal("[a]", "[b]");
        _decoration.Count.Should().Be(2);
    }

    [Fact]
    public void The_same_service_under_several_keys_and_none_is_kept_apart()
    {
        _services.AddKeyedSingleton<IRelay>("x", new Relay("a"));
        _services.AddKeyedSingleton<IRelay>("y", (_, key) => new Relay((string)key!));
        _services.AddSingleton<IRelay>(new Relay("c"));
        Decorate();

        using var container = Build();
        container.GetRequiredKeyedService<IRelay>("x").Name.Should().Be("[a]");
        container.GetRequiredKeyedService<IRelay>("y").Name.Should().Be("[y]");
        container.GetServices<IRelay>().Select(relay => relay.Name).Should().Equal("[c]");
    }

    [Fact]
    public void A_type_that_asks_for_its_key_gets_the_workers()
    {
        _services.AddKeyedScoped<IRelay, KeyAware>("x");
        _services.AddKeyedSingleton("x", new Uri("about:x"));
        Decorate();
        using var container = Build();
        using var scope = container.CreateScope();
        scope.ServiceProvider.GetRequiredKeyedService<IRelay>("x").Name.Should().Be("[x about:x]");
    }

    [Fact]
    public void A_type_that_asks_for_its_key_is_left_alone_where_its_own_name_is_taken()
    {
        _services.AddKeyedScoped<KeyAware>("x");
        _services.AddKeyedScoped<IRelay, KeyAware>("x");
        Decorate();
        _decoration.Count.Should().Be(0);
    }

    [Fact]
    public void A_registration_for_every_key_is_left_alone()
    {
        _services.AddKeyedSingleton<IRelay>(KeyedService.AnyKey, (_, key) => new Relay((string)key!));
        Decorate();
        using var container = Build();
        container.GetRequiredKeyedService<IRelay>("z").Name.Should().Be("z");
        _decoration.Count.Should().Be(0);
    }

    [Fact]
    public void Dependencies_of_the_inner_service_come_from_the_same_scope()
    {
        _services.AddScoped<Guest>();
        _services.AddScoped<IRelay, RelayWithGuest>();
        Decorate();
        using var container = Build();
        using var scope = container.CreateScope();
        ((RelayWithGuest)Resolve(scope.ServiceProvider, null).Inner).Guest.Should().BeSameAs(scope.ServiceProvider.GetRequiredService<Guest>());
    }

    [Fact]
    public void Other_services_are_not_touched()
    {
        _services.AddSingleton(new Relay());
        var before = _services.ToArray();
        Decorate();
        _services.Should().Equal(before);
    }

    private static RelayDecorator Resolve(IServiceProvider provider, object? key) =>
        (RelayDecorator)(key is null ? provider.GetRequiredService<IRelay>() : provider.GetRequiredKeyedService<IRelay>(key));

    private void Decorate() => _decoration.Decorate(_services, typeof(IRelay), (provider, inner, _) => new RelayDecorator((IRelay)inner, provider));

    private ServiceProvider Build() => _services.BuildServiceProvider(new ServiceProviderOptions { ValidateScopes = true, ValidateOnBuild = true });

    private sealed class Guest;

    private sealed class RelayWithGuest(Guest guest) : IRelay
    {
        public Guest Guest => guest;

        public string Name => "with guest";
    }

    private sealed class KeyAware([ServiceKey] string key, [FromKeyedServices] Uri beside) : IRelay
    {
        public string Name => $"{key} {beside}";
    }
}
