using SmartCache.Eviction;
using static SmartCache.Tests.Eviction.Candidates;

namespace SmartCache.Tests.Eviction;

public class SimplePolicyTests
{
    private static readonly EvictionCandidate[] Three =
    [
        Entry("early, small, used last", size: 1, created: 1, accessed: 9),
        Entry("late, middling, used in between", size: 2, created: 3, accessed: 8),
        Entry("in between, large, used first", size: 3, created: 2, accessed: 7),
    ];

    [Fact]
    public void Lru_lets_the_least_recently_used_go_first() =>
        Order("LRU").Should().Equal(Three[2].Key, Three[1].Key, Three[0].Key);

    [Fact]
    public void Fifo_lets_the_first_stored_go_first_however_often_it_was_used() =>
        Order("FIFO").Should().Equal(Three[0].Key, Three[2].Key, Three[1].Key);

    [Fact]
    public void Size_lets_the_largest_go_first() =>
        Order("SIZE").Should().Equal(Three[2].Key, Three[1].Key, Three[0].Key);

    [Fact]
    public void Size_among_equals_follows_the_order_of_access() =>
        EvictionOrder.Of(EvictionOrder.Advise(new SizePolicy()), 10, Entry("b", accessed: 2), Entry("a", accessed: 1), Entry("c", accessed: 3))
            .Should().Equal("a", "b", "c");

    [Fact]
    public void Lru_tells_a_microsecond_apart()
    {
        var later = Entry("later") with { LastAccess = At(5).AddMicroseconds(1) };
        EvictionOrder.Of(EvictionOrder.Advise(new LruPolicy()), 10, later, Entry("earlier", accessed: 5)).Should().Equal("earlier", "later");
    }

    private static List<string> Order(string name)
    {
        new EvictionPolicyCatalog([]).TryFind(name, out var policy).Should().BeTrue();
        return EvictionOrder.Of(EvictionOrder.Advise(policy!), 10, Three);
    }
}
