using SmartCache.Storage;
using SmartCache.Tool.Doctor;

namespace SmartCache.Tests.Tool;

/// <summary>The tool knows by public types alone what the cache makes. Its lists are held against the library's own.</summary>
public class OwnNamesOfToolTests
{
    [Fact]
    public void Doctor_knows_all_that_the_cache_makes_in_a_layer()
    {
        PlaceChecks.OfLayers.Should().BeEquivalentTo(OwnNames.OfLayers.Append(OwnNames.Marker));
        OwnerChecks.Inside.Should().BeEquivalentTo(OwnNames.OfLayers.Where(static name => !name.EndsWith(".json", StringComparison.Ordinal)));
        OwnNames.OfLayers.Should().OnlyContain(static name => OwnNames.IsAtTop(name));
    }
}
