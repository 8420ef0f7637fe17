using SmartCache.Storage;

namespace SmartCache.Tests.Storage;

[Trait("Found", "M27c")]
public class TimesAheadTests
{
    private static readonly DateTimeOffset _now = new(2026, 5, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset _ahead = _now.AddYears(5);

    [Fact]
    public void More_things_than_are_remembered_do_not_make_those_that_are_young_again()
    {
        var times = new TimesAhead(capacity: 10);
        for (var i = 0; i < 30; i++)
        {
            times.Believe($"{i}", _ahead, _now).Should().Be(_now);
        }

        var later = _now.AddHours(25);
        Enumerable.Range(0, 30).Count(i => times.Believe($"{i}", _ahead, later) == _now).Should().Be(10, "they age, and make place as they go");
    }

    [Fact]
    public void What_nobody_asks_about_any_more_makes_place()
    {
        var times = new TimesAhead(capacity: 10);
        for (var i = 0; i < 10; i++)
        {
            times.Believe($"gone {i}", _ahead, _now);
        }

        var later = _now.AddDays(8);
        times.Believe("new", _ahead, later);

        times.Believe("new", _ahead, later.AddHours(1)).Should().Be(later);
    }
}
