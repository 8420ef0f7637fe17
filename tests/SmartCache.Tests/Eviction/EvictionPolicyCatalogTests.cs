using SmartCache.Eviction;

namespace SmartCache.Tests.Eviction;

public class EvictionPolicyCatalogTests
{
    [Theory]
    [InlineData("lru", "LRU")]
    [InlineData("Cost", "COST")]
    [InlineData(" FIFO ", "FIFO")]
    [InlineData("size", "SIZE")]
    public void Catalog_finds_a_policy_whatever_the_case(string asked, string name)
    {
        new EvictionPolicyCatalog([]).TryFind(asked, out var policy).Should().BeTrue();
        policy!.Name.Should().Be(name);
    }

    [Fact]
    public void Catalog_does_not_know_what_nobody_registered() =>
        new EvictionPolicyCatalog([]).TryFind("MRU", out _).Should().BeFalse();

    [Fact]
    public void Catalog_prefers_the_workers_own_policy_of_the_same_name()
    {
        var own = new OwnPolicy("lru");
        var catalog = new EvictionPolicyCatalog([own, new OwnPolicy("MRU")]);
        catalog.TryFind("LRU", out var policy).Should().BeTrue();
        policy.Should().BeSameAs(own);
        catalog.Names.Should().Equal("COST", "FIFO", "LRU", "MRU", "SIZE");
    }

    private sealed class OwnPolicy(string name) : IEvictionPolicy
    {
        public string Name => name;

        public void Rank(ReadOnlySpan<EvictionCandidate> candidates, DateTimeOffset now, Span<double> ranks) => ranks.Clear();
    }
}
