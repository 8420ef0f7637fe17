using SmartCache.Configuration;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Remote;

/// <summary>What nobody is to be given any more: who says so, that it waits behind nothing, and that nothing brings it back.</summary>
public class RemovalTests
{
    private static readonly string _hash = Bytes.Sha256(Host.Video);
    private static readonly EncodingProfile _other = new("480p") { VideoBitrate = "1000k" };

    private readonly MemoryObjectStore _store = new();

    public static TheoryData<string> OfThisHostAlone => ["key", "source", "profile", "scope", "all"];

    [Theory]
    [MemberData(nameof(OfThisHostAlone))]
    public async Task What_one_host_wants_gone_for_itself_stays_for_the_others(string what)
    {
        await using var host = new Host(_store, static remote => remote with { Coordinate = false });
        var video = await host.Job.DownloadAsync(host.Job.Request() with { Scope = "tenant" });
        await host.Job.EncodeAsync(video);
        var before = _store.Names;
        var manager = host.Cache.Manager;

        var gone = what switch
        {
            "key" => await manager.Sources.RemoveAsync(SourceKey.From(host.Job.Request() with { Scope = "tenant" })) ? 1 : 0,
            "source" => await manager.RemoveEntryAsync(EntryKind.Source, _hash[..32]) ? 1 : 0,
            "profile" => await manager.RemoveEntryAsync(EntryKind.Profile, Path.GetFileName(host.Cache.Entries("profiles").Single())) ? 1 : 0,
            "scope" => await manager.RemoveByScopeAsync("tenant"),
            _ => await manager.ClearAsync(),
        };
        await manager.FlushAsync();

        gone.Should().BePositive();
        _store.Names.Should().Equal(before).And.HaveCount(3);
        host.Outbox().Should().BeEmpty();
    }

    [Fact]
    public async Task Removal_by_source_takes_the_keys_with_it_although_they_are_forgotten_right_after_it()
    {
        var root = Directory.CreateTempSubdirectory("smartcache-test-").FullName;
        await using (var first = new Host(_store, static remote => remote with { Coordinate = false }, root: root))
        {
            await first.WorkAsync();
        }

        await using (var second = new Host(_store, root: root))
        {
            await second.Cache.Manager.RemoveBySourceAsync(_hash);
            await second.Cache.Manager.Sources.RemoveAsync(SourceKey.From(second.Job.Request()));
            await second.Cache.Manager.FlushAsync();
        }

        _store.Names.Should().BeEmpty();
        Directory.Delete(root, recursive: true);
    }

    [Fact]
    public async Task Removal_waits_behind_no_upload_and_what_was_on_its_way_is_taken_back()
    {
        var inside = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var goOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var host = new Host(_store, static remote => Patient.Remote(remote) with { Uploads = 1, Coordinate = false }, time: new DrivenTime());
        var (video, _) = await host.WorkAsync();
        _store.Before = async (operation, name) =>
        {
            if (operation == "put" && name.Contains("/v1/profiles/"))
            {
                inside.TrySetResult();
                await goOn.Task;
            }
        };
        await host.Job.Encoder.EncodeAsync(new EncodeRequest(video, _other, host.Cache.WorkPath("other")) { JobId = "job-1" });
        await inside.Task.Guarded();

        await host.Cache.Manager.RejectContentAsync(_hash, "bad");
        await Until.TrueAsync(() => _store.Names.Count == 0);
        goOn.SetResult();
        await host.Cache.Manager.FlushAsync();

        _store.Requests.Count(static one => one.StartsWith("put ") && one.Contains("/v1/profiles/")).Should().Be(2);
        _store.Names.Should().BeEmpty();
        host.Outbox().Should().BeEmpty();
    }

    [Fact]
    public async Task While_a_removal_waits_nothing_of_it_is_given_out_and_what_is_made_in_its_place_is_sent_after_it()
    {
        var time = new DrivenTime();
        var root = Directory.CreateTempSubdirectory("smartcache-test-").FullName;
        await using (var first = new Host(_store, Alone))
        {
            await first.WorkAsync();
        }

        TakesNoDelete();
        await using (var here = new Host(_store, Alone, Patiently, time, root))
        {
            // The others of this host look at the disk.
            await using var beside = new Host(_store, Alone, Patiently, time, root);
            await here.Cache.Manager.RemoveBySourceAsync(_hash);
            await here.Cache.Manager.FlushAsync();

            var (video, _) = await beside.WorkAsync();
            (beside.Downloads, beside.Encodes, video.Outcome).Should().Be((1, 1, CacheOutcome.Miss));
            await here.WorkAsync();
            here.Outbox().Should().Contain("removal-sources-" + _hash[..32]).And.HaveCount(3, "what was made anew waits, and takes its place no more");

            _store.Before = null;
            await Until.TrueAsync(() =>
            {
                time.Advance(TimeSpan.FromMinutes(2));
                return here.Outbox().Length == 0;
            });
        }

        var requests = _store.Requests.ToList();
        requests.FindLastIndex(static one => one.StartsWith("put ") && one.Contains("/v1/sources/")).Should().BeGreaterThan(requests.FindLastIndex(static one => one.StartsWith("delete ")));
        _store.Names.Select(static name => name.Split('/')[2]).Should().Equal("keys", "probe", "profiles", "sources");
        Directory.Delete(root, recursive: true);
    }

    [Fact]
    public async Task What_was_owed_before_a_removal_is_not_sent_after_it()
    {
        var time = new DrivenTime();
        _store.Before = static (operation, _) => operation is "put" or "delete" ? throw new ObjectStoreException(ObjectStoreFault.Unavailable, "down") : Task.CompletedTask;
        await using var host = new Host(_store, Alone, Patiently, time);
        await host.WorkAsync();
        host.Outbox().Should().HaveCount(2);
        await host.Cache.Manager.RejectContentAsync(_hash, "bad");
        await host.Cache.Manager.FlushAsync();

        _store.Before = null;
        await Until.TrueAsync(() =>
        {
            time.Advance(TimeSpan.FromMinutes(2));
            return host.Outbox().Length == 0;
        });

        host.Cache.Entries("profiles").Should().ContainSingle("a rejection leaves it here");
        _store.Names.Should().OnlyContain(static name => name.EndsWith("/probe"));
    }

    private static RemoteSettings Alone(RemoteSettings remote) => Patient.Remote(remote) with { Coordinate = false };

    private static CacheSettings Patiently(CacheSettings settings) => settings with { OperationTimeout = TimeSpan.FromDays(1) };

    private void TakesNoDelete() => _store.Before = static (operation, _) =>
        operation == "delete" ? throw new ObjectStoreException(ObjectStoreFault.Unavailable, "full") : Task.CompletedTask;
}
