using System.Reflection;
using Microsoft.Extensions.Logging;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Diagnostics;

/// <summary>People filter and alert by event ids: an id keeps its meaning for ever.</summary>
public class EventIdTests
{
    private static readonly (int Id, string Line)[] Events =
    [
        .. typeof(CacheManager).Assembly.GetTypes()
            .SelectMany(static type => type.GetMethods(BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            .Select(static method => (method, Attribute: method.GetCustomAttribute<LoggerMessageAttribute>()))
            .Where(static found => found.Attribute is not null)
            .OrderBy(static found => found.Attribute!.EventId)
            .Select(static found => (found.Attribute!.EventId, $"{found.Attribute.EventId} {found.Attribute.Level} {found.method.DeclaringType!.Name}.{found.method.Name}")),
    ];

    [Fact]
    public void Event_ids_are_those_of_the_table() => Snapshot.Check(Events.Select(static one => one.Line), "tests/SmartCache.Tests/Diagnostics/EventIds.txt");

    [Fact]
    public void No_event_id_is_used_twice() => Events.Select(static one => one.Id).Should().OnlyHaveUniqueItems().And.HaveCountGreaterThan(20);
}
