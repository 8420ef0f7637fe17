using SmartCache.Sources;

namespace SmartCache.Tests.Sources;

[Trait("Found", "M27c")]
public class RejectionsTests
{
    [Fact]
    public void Rejection_holds_for_a_save_under_way_however_many_others_come_after_it()
    {
        var rejections = new Rejections();
        using var save = rejections.Begin();
        rejections.Add("bad");
        for (var i = 0; i < 3_000; i++)
        {
            using var other = rejections.Begin();
            rejections.Add($"other {i}");
        }

        save.IsRejected("bad").Should().BeTrue();
    }

    [Fact]
    public void Rejection_is_forgotten_with_the_last_save_that_it_concerns()
    {
        var rejections = new Rejections();
        rejections.Add("while nothing is saved");
        var first = rejections.Begin();
        rejections.Add("bad");
        var second = rejections.Begin();
        second.IsRejected("bad").Should().BeFalse("it was fetched afterwards");
        rejections.Count.Should().Be(1);

        first.Dispose();
        rejections.Count.Should().Be(0);
        second.Dispose();
    }
}
