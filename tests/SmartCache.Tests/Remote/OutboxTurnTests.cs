using SmartCache.Diagnostics;
using SmartCache.Layers;
using SmartCache.Remote;
using SmartCache.Storage;
using SmartCache.Storage.Platform;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Remote;

/// <summary>One intent at a time is changed, over all processes of the host, and none grows beyond what is read.</summary>
public sealed class OutboxTurnTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("smartcache-test-").FullName;

    [Fact]
    public void What_another_process_adds_waits_until_what_was_done_is_gone()
    {
        using var other = new LayerOf(_root, "remote");
        bool? isAlone = null;
        using var layer = new LayerOf(_root, "remote", new LooksAtDeletes(path =>
        {
            if (path.Contains("outbox"))
            {
                var held = other.Directory.TryLock(OwnNames.IntentLock + NewIntent().FileName, exclusive: true);
                isAlone = held is null;
                held?.Dispose();
            }
        }));
        var outbox = Of(layer);
        outbox.Add(NewIntent(), Pulse());

        outbox.Remove(NewIntent(), Pulse());

        isAlone.Should().BeTrue("what was added between the look and the end would be lost");
        outbox.List(Pulse()).Should().BeEmpty();
    }

    [Fact]
    public void Removal_that_was_added_meanwhile_is_not_taken_for_done()
    {
        using var layer = new LayerOf(_root, "remote");
        var outbox = Of(layer);
        outbox.Add(NewIntent(), Pulse());
        outbox.Add(NewIntent() with { IsRemoval = true }, Pulse());

        outbox.Remove(NewIntent(), Pulse());

        outbox.ListRemovals(Pulse()).Should().ContainSingle();
        outbox.ListSends(Pulse()).Should().ContainSingle("whoever sends it is to find that").Which.IsWithdrawn.Should().BeTrue();
    }

    [Fact]
    public void What_is_owed_after_a_removal_is_not_withdrawn_and_does_not_take_its_place()
    {
        using var layer = new LayerOf(_root, "remote");
        var outbox = Of(layer);
        outbox.Add(NewIntent(), Pulse());
        outbox.Add(NewIntent() with { IsRemoval = true }, Pulse());
        outbox.Add(NewIntent() with { At = DateTimeOffset.UnixEpoch.AddDays(1) }, Pulse());

        outbox.ListRemovals(Pulse()).Should().ContainSingle();
        var owed = outbox.ListSends(Pulse()).Should().ContainSingle().Which;
        (owed.IsWithdrawn, owed.At).Should().Be((false, DateTimeOffset.UnixEpoch.AddDays(1)));
    }

    [Fact]
    public async Task What_is_to_be_removed_is_so_from_the_moment_on_at_which_it_was_said()
    {
        using var layer = new LayerOf(_root, "remote");
        var outbox = Of(layer);
        var name = NewIntent().Name;
        outbox.Removals.Begin(name);
        (await ContainsAsync("sources/" + name), await ContainsAsync($"profiles/{name}_{name}"), await ContainsAsync("sources/" + new string('b', 32))).Should().Be((true, true, false));

        outbox.Removals.End(name);
        (await ContainsAsync("sources/" + name)).Should().BeFalse();
        outbox.Add(NewIntent() with { IsRemoval = true }, Pulse());
        (await ContainsAsync("sources/" + name), await ContainsAsync($"profiles/{name}_{name}")).Should().Be((true, true));

        ValueTask<bool> ContainsAsync(string what) => outbox.Removals.ContainsAsync(what, CancellationToken.None);
    }

    [Fact]
    public void Later_fetch_of_a_key_replaces_the_earlier_one_and_is_not_done_with_it()
    {
        using var layer = new LayerOf(_root, "remote");
        var outbox = Of(layer);
        outbox.Add(WithKey(2), Pulse());
        outbox.Add(WithKey(1), Pulse());
        FetchedAt().Should().Be(DateTimeOffset.UnixEpoch.AddDays(2));
        outbox.Add(WithKey(3), Pulse());
        FetchedAt().Should().Be(DateTimeOffset.UnixEpoch.AddDays(3));

        outbox.Remove(WithKey(2), Pulse());

        outbox.List(Pulse()).Should().ContainSingle("the later fetch was not sent");

        DateTimeOffset FetchedAt() => outbox.List(Pulse()).Should().ContainSingle().Which.Keys!.Values.Single().FetchedAt;
    }

    [Fact]
    public void Intent_with_more_keys_than_fit_keeps_the_newest_and_can_be_read()
    {
        using var layer = new LayerOf(_root, "remote");
        var outbox = Of(layer);
        var facts = new Dictionary<string, string> { ["probe"] = new('x', 20_000) };
        for (var i = 0; i < 60; i++)
        {
            var key = new RemoteKey { Key = new Dictionary<string, string>(), ContentHash = new string('0', 64), Length = 1, FetchedAt = DateTimeOffset.UnixEpoch.AddDays(i), Facts = facts };
            outbox.Add(NewIntent() with { Keys = new Dictionary<string, RemoteKey> { [Convert.ToHexStringLower(BitConverter.GetBytes(i)).PadLeft(32, '0')] = key } }, Pulse());
        }

        var keys = outbox.List(Pulse()).Should().ContainSingle().Which.Keys!;
        keys.Count.Should().BeInRange(16, 59);
        keys.Values.Max(static key => key.FetchedAt).Should().Be(DateTimeOffset.UnixEpoch.AddDays(59));
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private static Intent NewIntent() => new() { Layer = "sources", Name = new string('a', 32), At = DateTimeOffset.UnixEpoch };

    private static Intent WithKey(int day) => NewIntent() with
    {
        Keys = new Dictionary<string, RemoteKey>
        {
            [new string('c', 32)] = new() { Key = new Dictionary<string, string>(), ContentHash = new string('0', 64), Length = 1, FetchedAt = DateTimeOffset.UnixEpoch.AddDays(day) },
        },
    };

    private static OperationPulse Pulse() => OperationPulse.Unwatched(CancellationToken.None);

    private static Outbox Of(LayerOf layer)
    {
        layer.Directory.EnsureOpen();
        var log = new ListLogger();
        var boundary = new CacheBoundary(layer.Directory, layer, new FaultLog(log, new CacheMeter(), TimeProvider.System), TimeProvider.System);
        return new Outbox(new LayerAccess(layer.Directory, boundary, layer, TimeProvider.System, log));
    }

    private sealed class LooksAtDeletes(Action<string> look) : ForwardingFileSystem
    {
        public override void Delete(string path)
        {
            look(path);
            base.Delete(path);
        }
    }
}
