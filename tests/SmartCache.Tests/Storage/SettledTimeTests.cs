extern alias core;

using SmartCache.Tests.Support;
using SettledTime = core::SmartCache.Storage.Platform.SettledTime;

namespace SmartCache.Tests.Storage;

/// <summary>From when on a modification time says that nobody wrote since: to the tick, because a write within it would not show.</summary>
public class SettledTimeTests
{
    private const long Whole = 1_700_000_000_000_000_000;
    private const long Fraction = Whole + 123_456_700;

    private static DateTimeOffset At(long nanoseconds) => DateTimeOffset.UnixEpoch.AddTicks(nanoseconds / 100);

    [Theory]
    [InlineData(Fraction, 10)]
    [InlineData(Whole, 2010)]
    public void Time_is_a_witness_once_its_clock_has_ticked(long modified, int milliseconds)
    {
        var settled = At(modified).AddMilliseconds(milliseconds);

        SettledTime.IsSettled(modified, settled.AddTicks(-1)).Should().BeFalse();
        SettledTime.IsSettled(modified, settled).Should().BeTrue();
        SettledTime.IsSettled(modified, settled.AddHours(1)).Should().BeTrue();
    }

    [Theory]
    [InlineData(Whole, true)]
    [InlineData(Whole + 1, false)]
    [InlineData(Whole - 1, false)]
    [InlineData(0, true)]
    public void Whole_second_is_one_without_a_fraction(long modified, bool expected) => SettledTime.IsWholeSecond(modified).Should().Be(expected);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Young_time_is_waited_for_until_it_is_a_witness(bool isWholeSecond)
    {
        var modified = isWholeSecond ? BeginningOfThisSecond() : ThisMoment();

        (await SettledTime.WaitAsync(modified, CancellationToken.None).AsTask().Guarded()).Should().BeTrue();

        SettledTime.IsSettled(modified, SettledTime.Now).Should().BeTrue();
    }

    [Fact]
    public async Task Old_time_is_a_witness_at_once() => (await SettledTime.WaitAsync(Fraction, CancellationToken.None).AsTask().Guarded()).Should().BeTrue();

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    public async Task Time_ahead_of_the_clock_is_not_waited_for(long fraction)
    {
        var ahead = (SettledTime.Now.ToUnixTimeSeconds() + 3600) * 1_000_000_000 + fraction;

        (await SettledTime.WaitAsync(ahead, CancellationToken.None).AsTask().Guarded()).Should().BeFalse();
        await Task.Run(() => SettledTime.Wait(ahead)).Guarded();

        SettledTime.IsSettled(ahead, SettledTime.Now).Should().BeFalse();
    }

    [Fact]
    public async Task Wait_that_blocks_ends_with_a_witness()
    {
        var modified = ThisMoment();

        await Task.Run(() => SettledTime.Wait(modified)).Guarded();

        SettledTime.IsSettled(modified, SettledTime.Now).Should().BeTrue();
    }

    [Fact]
    public async Task Wait_for_a_young_time_can_be_cancelled()
    {
        var modified = BeginningOfThisSecond();

        var wait = () => SettledTime.WaitAsync(modified, new CancellationToken(canceled: true)).AsTask();

        await wait.Should().ThrowAsync<OperationCanceledException>();
    }

    private static long BeginningOfThisSecond() => SettledTime.Now.ToUnixTimeSeconds() * 1_000_000_000;

    /// <summary>Never a whole second.</summary>
    private static long ThisMoment() => ((SettledTime.Now - DateTimeOffset.UnixEpoch).Ticks * 100) + 1;
}
