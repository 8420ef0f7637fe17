using SmartCache.Configuration;
using SmartCache.Remote;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Remote;

/// <summary>One thing that is owed and cannot be sent keeps none of the others from being sent, and nobody waiting.</summary>
public class OutboxFaultTests
{
    private readonly MemoryObjectStore _store = new();

    [Fact]
    public async Task Work_whose_result_another_process_of_the_host_has_sent_is_given_back()
    {
        var leases = new CountedLeases();
        FailsPutsOf("/v1/profiles/", ObjectStoreFault.Unavailable);
        await using var host = new Host(_store, static remote => remote with { QueueAge = TimeSpan.FromDays(365) }, time: new DrivenTime(), leases: leases);
        await host.WorkAsync();
        leases.GivenBack.Task.IsCompleted.Should().BeFalse("it is not there yet");

        File.Delete(host.Outbox().Select(name => InOutbox(host, name)).Single(static path => path.Contains("profiles-")));
        await host.Cache.Manager.FlushAsync();

        await leases.GivenBack.Task.Guarded();
    }

    [Theory]
    [InlineData(ObjectStoreFault.Protocol)]
    [InlineData(ObjectStoreFault.Full)]
    public async Task Work_whose_result_the_store_does_not_take_is_given_back_at_once(ObjectStoreFault fault)
    {
        var leases = new CountedLeases();
        FailsPutsOf("/v1/profiles/", fault);
        await using var host = new Host(_store, time: new DrivenTime(), leases: leases);

        await host.WorkAsync();

        host.Outbox().Should().ContainSingle(static name => name.StartsWith("profiles-"));
        await leases.GivenBack.Task.Guarded();
    }

    [Fact]
    public async Task Entry_that_the_store_refuses_keeps_no_other_from_being_sent_and_is_given_up()
    {
        FailsPutsOf("/v1/sources/", ObjectStoreFault.Protocol);
        var time = new DrivenTime();
        await using var host = new Host(_store, static remote => Patient.Remote(remote) with { Uploads = 1, QueueAge = TimeSpan.FromDays(365) }, Patiently, time);

        await host.WorkAsync();
        await host.Cache.Manager.FlushAsync();

        _store.Names.Should().Contain(static name => name.Contains("/v1/profiles/"));
        SourcePuts().Should().Be(1, "it is tried again after a pause");
        host.Cache.Log.Of(1001).Should().BeEmpty("the store is well");

        await Until.TrueAsync(() =>
        {
            time.Advance(TimeSpan.FromMinutes(10));
            return host.Cache.Log.Of(1005).Any();
        });
        host.Outbox().Should().BeEmpty();
        SourcePuts().Should().Be(6);
        host.Cache.Log.Of(1005).Should().ContainSingle().Which.Should().Contain("refuses");
    }

    [Fact]
    public async Task Entry_for_which_the_store_has_no_room_waits_alone()
    {
        FailsPutsOf("/v1/sources/", ObjectStoreFault.Full);
        await using var host = new Host(_store, static remote => remote with { Uploads = 1 }, time: new DrivenTime());

        await host.WorkAsync();

        _store.Names.Should().Contain(static name => name.Contains("/v1/profiles/"));
        host.Outbox().Should().ContainSingle().Which.Should().StartWith("sources-");
        host.Cache.Log.Of(1001).Should().BeEmpty();
    }

    [Fact]
    public async Task File_that_cannot_be_read_here_is_no_fault_of_the_stores()
    {
        await using var host = new Host(_store, static remote => remote with { Uploads = 1 }, time: new DrivenTime());
        _store.Before = (operation, name) =>
        {
            if (operation == "put" && name.Contains("/v1/sources/"))
            {
                using var file = File.OpenWrite(Directory.GetFiles(host.Cache.Entries("sources").Single()).Single(static path => !path.EndsWith("manifest.json")));
                file.SetLength(100);
            }

            return Task.CompletedTask;
        };

        await host.WorkAsync();

        host.Cache.Log.Of(1001).Should().BeEmpty();
        host.Outbox().Should().BeEmpty();
        _store.Names.Should().Contain(static name => name.Contains("/v1/profiles/")).And.NotContain(static name => name.Contains("/v1/sources/"));
    }

    [Fact]
    public async Task Intent_that_cannot_be_read_keeps_no_other_from_being_sent_and_goes_when_it_is_old()
    {
        await using var host = new Host(_store);
        var outbox = InOutbox(host, "");
        var names = new[] { "sources-" + new string('a', 32), "sources-" + new string('b', 32), "sources-" + new string('c', 32) };
        await host.WorkAsync();
        await File.WriteAllBytesAsync(Path.Combine(outbox, names[0]), new byte[2 << 20]);
        await File.WriteAllTextAsync(Path.Combine(outbox, names[1]), "{\"version\":1,");
        await File.WriteAllTextAsync(Path.Combine(outbox, names[2]), "{\"version\":2,\"other\":[]}");

        await host.Job.EncodeAsync(await host.Job.DownloadAsync(), new EncodingProfile("480p") { VideoBitrate = "1000k" });

        _store.Names.Count(static name => name.Contains("/v1/profiles/")).Should().Be(2);
        host.Outbox().Should().BeEquivalentTo(names, "they may be of a moment ago");

        foreach (var name in names)
        {
            File.SetLastWriteTimeUtc(Path.Combine(outbox, name), DateTime.UtcNow - TimeSpan.FromDays(2));
        }

        await host.Cache.Manager.CleanupAsync();
        await host.Cache.Manager.FlushAsync();
        host.Outbox().Should().Equal([names[2]], "a newer version has its own idea of it");
    }

    [Fact]
    public async Task What_was_stored_because_the_other_was_not_accepted_replaces_it_in_the_store()
    {
        await using var first = new Host(_store);
        await first.WorkAsync();
        var name = _store.Names.Single(static name => name.Contains("/v1/profiles/"));
        var judged = 0;
        await using var second = new Host(_store, encoder: new FakeEncoder { Accept = _ => Interlocked.Increment(ref judged) > 1 });
        var before = _store.Requests.Count;

        await second.WorkAsync();

        second.Encodes.Should().Be(1);
        _store.Requests.Skip(before).Should().Contain("put " + name);
    }

    [Fact]
    public async Task Removal_is_not_dropped_for_its_age()
    {
        var time = new DrivenTime();
        await using var host = new Host(_store, Patient.Remote, Patiently, time);
        await host.WorkAsync();
        _store.Throws = static () => new ObjectStoreException(ObjectStoreFault.Unavailable, "down");
        await host.Cache.Manager.RejectContentAsync(Bytes.Sha256(Host.Video), "bad");
        await host.Cache.Manager.FlushAsync();

        time.Jump(TimeSpan.FromHours(25));
        await host.Cache.Manager.CleanupAsync();
        await host.Cache.Manager.FlushAsync();

        host.Outbox().Should().ContainSingle();
    }

    [Fact]
    public async Task Removal_takes_keys_that_an_earlier_process_has_sent()
    {
        var root = Directory.CreateTempSubdirectory("smartcache-test-").FullName;
        await using (var first = new Host(_store, root: root))
        {
            await first.WorkAsync();
        }

        await using (var second = new Host(_store, root: root))
        {
            await second.Cache.Manager.RejectContentAsync(Bytes.Sha256(Host.Video), "bad");
            await second.Cache.Manager.FlushAsync();
        }

        _store.Names.Should().NotContain(static name => name.Contains("/v1/keys/"));
        Directory.Delete(root, recursive: true);
    }

    [Fact]
    public async Task Key_of_an_earlier_fetch_does_not_win_over_one_that_came_meanwhile()
    {
        var newer = new RemoteKey { Key = new Dictionary<string, string>(), ContentHash = new string('0', 64), Length = 1, FetchedAt = DateTimeOffset.UtcNow + TimeSpan.FromMinutes(1) };
        byte[] theirs = System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(newer, RemoteJson.Default.RemoteKey);
        _store.Before = (operation, name) =>
        {
            if (operation == "put" && name.Contains("/v1/keys/") && !_store.Names.Contains(name))
            {
                _store[name] = theirs;
            }

            return Task.CompletedTask;
        };
        await using var host = new Host(_store);

        await host.WorkAsync();

        _store[_store.Names.Single(static name => name.Contains("/v1/keys/"))].Should().Equal(theirs);
        host.Outbox().Should().BeEmpty();
    }

    private static CacheSettings Patiently(CacheSettings settings) => settings with { OperationTimeout = TimeSpan.FromDays(1) };

    private static string InOutbox(Host host, string name) => Path.Combine(host.Cache.Settings.Root, "remote", "outbox", name);

    private int SourcePuts() => _store.Requests.Count(static one => one.StartsWith("put ") && one.Contains("/v1/sources/"));

    private void FailsPutsOf(string kind, ObjectStoreFault fault) => _store.Before = (operation, name) =>
        operation == "put" && name.Contains(kind) ? throw new ObjectStoreException(fault, "not this one") : Task.CompletedTask;

    private sealed class CountedLeases : IWorkLeases
    {
        public TaskCompletionSource GivenBack { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ValueTask<IWorkLease?> TryTakeAsync(string key, CancellationToken cancellationToken = default) => new(new Held(GivenBack));

        public ValueTask<WorkSign?> LookAsync(string key, CancellationToken cancellationToken = default) => new((WorkSign?)null);

        private sealed class Held(TaskCompletionSource givenBack) : IWorkLease
        {
            public ValueTask<bool> ShowLifeAsync(StageProgress progress, CancellationToken cancellationToken = default) => new(true);

            public ValueTask DisposeAsync()
            {
                givenBack.TrySetResult();
                return ValueTask.CompletedTask;
            }
        }
    }
}
