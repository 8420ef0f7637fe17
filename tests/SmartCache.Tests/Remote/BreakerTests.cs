using SmartCache.Tests.Support;

namespace SmartCache.Tests.Remote;

/// <summary>A store that failed is asked again by one process of the host, and its first answer ends the rest of all.</summary>
public sealed class BreakerTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("smartcache-test-").FullName;
    private readonly DrivenTime _time = new();
    private volatile bool _isUp;

    [Fact]
    public async Task Three_processes_that_were_told_at_different_times_find_out_that_the_store_answers_again()
    {
        var places = Enumerable.Range(0, 3).Select(_ => NewPlace()).ToList();
        foreach (var place in places)
        {
            place.Breaker.Failed(ObjectStoreFault.Unavailable);
            await AskedTwiceAsync(place);
            await PassAsync(TimeSpan.FromSeconds(20), places);
        }

        var asked = places.Sum(static place => place.Asked);
        await PassAsync(TimeSpan.FromMinutes(5), places);
        places.Sum(static place => place.Asked).Should().BeGreaterThan(asked, "somebody has to ask");
        _isUp = true;
        await PassAsync(TimeSpan.FromMinutes(5), places);

        places.Should().OnlyContain(static place => !place.Breaker.Rests);
        BreakerFile.Should().BeEmpty();
        places.ForEach(static place => place.Dispose());
    }

    [Fact]
    public async Task Process_that_saw_the_rest_of_another_one_ends_it_with_that_and_writes_nothing()
    {
        using var first = NewPlace();
        using var second = NewPlace();
        first.Breaker.Failed(ObjectStoreFault.Unavailable);
        await Until.TrueAsync(() => BreakerFile.Length > 0 && _time.Waiting(TimeSpan.FromMinutes(10)) > 0);
        (await second.Breaker.IsRestingAsync(CancellationToken.None)).Should().BeTrue();
        _isUp = true;

        _time.Advance(TimeSpan.FromMilliseconds(250));
        await Until.TrueAsync(() => !first.Breaker.Rests);
        _time.Advance(TimeSpan.FromSeconds(1));

        (await second.Breaker.IsRestingAsync(CancellationToken.None)).Should().BeFalse("one fault of a moment is no minute of rest for the whole host");
        second.Asked.Should().Be(0);
        BreakerFile.Should().BeEmpty();
    }

    [Theory]
    [InlineData(50, 17, 9)]
    [InlineData(600, 0, 8)]
    public async Task Process_that_finds_a_rest_waits_for_what_is_left_of_it_and_no_longer(int secondsBefore, int left, int more)
    {
        using (var killed = NewPlace())
        {
            killed.Breaker.Failed(ObjectStoreFault.Unavailable);
            await AskedTwiceAsync(killed);
            await Until.TrueAsync(() => BreakerFile.Length > 0 && _time.Waiting(TimeSpan.FromMinutes(10)) > 0);
        }

        _isUp = true;
        _time.Advance(TimeSpan.FromSeconds(secondsBefore));
        using var place = NewPlace();
        (await place.Breaker.IsRestingAsync(CancellationToken.None)).Should().BeTrue();
        await Until.TrueAsync(() => _time.Waiting(TimeSpan.FromMinutes(10)) > 0);

        _time.Advance(TimeSpan.FromSeconds(left));
        place.Asked.Should().Be(0, "whoever asked last asks, if it lives");
        _time.Advance(TimeSpan.FromSeconds(more));

        await Until.TrueAsync(() => !place.Breaker.Rests);
        place.Asked.Should().Be(1);
    }

    [Fact]
    public async Task Store_that_answers_small_questions_and_fails_at_others_is_not_asked_several_times_a_second()
    {
        using var place = NewPlace();
        _isUp = true;
        var asked = 0;
        for (var fault = 0; fault < 5; fault++)
        {
            place.Breaker.Failed(ObjectStoreFault.Unavailable);
            await Until.TrueAsync(() => BreakerFile.Length > 0 && _time.Waiting(TimeSpan.FromMinutes(10)) > 0);
            _time.Advance(TimeSpan.FromMilliseconds(250));
            asked = place.Asked;
            if (fault < 4)
            {
                await Until.TrueAsync(() => !place.Breaker.Rests);
            }
        }

        place.Breaker.Rests.Should().BeTrue("four rests within a minute ended at once, and it fails still");
        await PassAsync(TimeSpan.FromMinutes(1), [place]);
        await Until.TrueAsync(() => !place.Breaker.Rests);
        place.Asked.Should().Be(5);
    }

    [Fact]
    public async Task What_is_wrong_with_one_process_is_not_told_to_the_others()
    {
        using var place = NewPlace();
        using var other = NewPlace();
        place.Breaker.Failed(ObjectStoreFault.Denied);
        await Until.TrueAsync(() => _time.Waiting(TimeSpan.FromMinutes(10)) > 0);

        BreakerFile.Should().BeEmpty();
        (await other.Breaker.IsRestingAsync(CancellationToken.None)).Should().BeFalse();
        place.Breaker.Rests.Should().BeTrue();
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private string BreakerFile => Directory.EnumerateFiles(_root, "breaker-reads", SearchOption.AllDirectories).FirstOrDefault("");

    private BreakerPlace NewPlace() => new(_root, _time, () => _isUp);

    private async Task AskedTwiceAsync(BreakerPlace place)
    {
        for (var asked = 0; asked < 2; asked++)
        {
            await Until.TrueAsync(() =>
            {
                _time.Advance(TimeSpan.FromMilliseconds(50));
                return place.Asked > asked;
            });
        }
    }

    // Each process that rests waits on the clock again before that goes on.
    private async Task PassAsync(TimeSpan time, List<BreakerPlace> places)
    {
        for (var passed = TimeSpan.Zero; passed < time; passed += TimeSpan.FromSeconds(1))
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Until.TrueAsync(() => _time.Waiting(TimeSpan.FromMinutes(10)) >= places.Count(static place => place.Breaker.Rests));
        }
    }
}
