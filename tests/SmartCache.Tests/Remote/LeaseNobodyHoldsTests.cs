using SmartCache.Tests.Support;

namespace SmartCache.Tests.Remote;

/// <summary>Nobody waits for a lease that nobody holds: whatever the store answers, the work begins.</summary>
public class LeaseNobodyHoldsTests
{
    private readonly MemoryObjectStore _store = new();
    private readonly DrivenTime _time = new();

    [Fact]
    public async Task Put_that_fails_while_nobody_has_the_work_is_an_error_and_no_reason_to_wait()
    {
        await using var place = new LeasePlace(_store, _time);
        TakesNoLease();

        await FluentActions.Awaiting(() => place.Leases.TryTakeAsync("key").AsTask()).Should().ThrowAsync<ObjectStoreException>();
        await FluentActions.Awaiting(() => place.Leases.TryTakeAsync("other").AsTask()).Should().ThrowAsync<ObjectStoreException>();

        _store.Count("put").Should().Be(1, "a store that takes nothing rests");
    }

    [Fact]
    public async Task Lease_that_was_given_back_and_cannot_be_taken_is_an_error()
    {
        await using var holder = new LeasePlace(_store, _time);
        await using var other = new LeasePlace(_store, _time);
        await (await holder.Leases.TryTakeAsync("key"))!.DisposeAsync();
        TakesNoLease();

        await FluentActions.Awaiting(() => other.Leases.TryTakeAsync("key").AsTask()).Should().ThrowAsync<ObjectStoreException>();
    }

    [Fact]
    public async Task Lease_of_a_dead_holder_that_cannot_be_taken_over_is_an_error()
    {
        await using var holder = new LeasePlace(_store, _time);
        await using var other = new LeasePlace(_store, _time);
        await holder.Leases.TryTakeAsync("key");
        (await other.Leases.TryTakeAsync("key")).Should().BeNull();
        _time.Advance(TimeSpan.FromMinutes(6));
        TakesNoLease();

        await FluentActions.Awaiting(() => other.Leases.TryTakeAsync("key").AsTask()).Should().ThrowAsync<ObjectStoreException>();
    }

    [Fact]
    public async Task Put_that_fails_because_another_one_won_is_a_reason_to_wait()
    {
        _store.FailsLostRaces = true;
        await using var holder = new LeasePlace(_store, _time);
        await using var other = new LeasePlace(_store, _time);
        await holder.Leases.TryTakeAsync("key");

        (await other.Leases.TryTakeAsync("key")).Should().BeNull();
    }

    [Fact]
    public async Task Lease_that_is_refused_and_that_nobody_has_is_not_waited_for_for_ever()
    {
        await using var host = new Host(_store, Patient.Remote, static settings => settings with { OperationTimeout = TimeSpan.FromDays(1) }, _time, leases: new NobodysLeases());
        var work = host.WorkAsync();

        for (var rounds = 0; rounds < 20 && !work.IsCompleted; rounds++)
        {
            await Task.WhenAny(work, _time.WaiterAsync(TimeSpan.FromSeconds(20)));
            _time.Advance(TimeSpan.FromSeconds(20));
        }

        work.IsCompleted.Should().BeTrue();
        await work;
        host.Encodes.Should().Be(1);
    }

    [Fact]
    public async Task Holder_that_gives_no_sign_is_waited_for_no_longer_than_LockTimeout_and_a_minute()
    {
        await using var host = new Host(_store, Patient.Remote, static settings => settings with { OperationTimeout = TimeSpan.FromDays(1), LockTimeout = TimeSpan.FromMinutes(5) }, _time, leases: new SilentLeases());
        var began = _time.GetUtcNow();
        var work = host.WorkAsync();

        await Until.TrueAsync(() =>
        {
            _time.Advance(TimeSpan.FromSeconds(5));
            return work.IsCompleted;
        });

        await work;
        host.Encodes.Should().Be(1);
        (_time.GetUtcNow() - began).Should().BeGreaterThan(TimeSpan.FromMinutes(6), "it may be alive");
    }

    private void TakesNoLease() => _store.Before = static (operation, name) =>
        operation == "put" && name.Contains("/work/") ? throw new ObjectStoreException(ObjectStoreFault.Unavailable, "503") : Task.CompletedTask;

    /// <summary>Somebody has it and is gone, and nobody takes it away from him.</summary>
    private sealed class SilentLeases : IWorkLeases
    {
        public ValueTask<IWorkLease?> TryTakeAsync(string key, CancellationToken cancellationToken = default) => new((IWorkLease?)null);

        public ValueTask<WorkSign?> LookAsync(string key, CancellationToken cancellationToken = default) => new(new WorkSign { Sign = "always the same" });
    }

    private sealed class NobodysLeases : IWorkLeases
    {
        public ValueTask<IWorkLease?> TryTakeAsync(string key, CancellationToken cancellationToken = default) => new((IWorkLease?)null);

        public ValueTask<WorkSign?> LookAsync(string key, CancellationToken cancellationToken = default) => new((WorkSign?)null);
    }
}
