using SmartCache.Configuration;
using SmartCache.Tests.Support;
using SmartCache.Tests.Uploads;

namespace SmartCache.Tests.Remote;

/// <summary>What a target confirmed to one host, another host does not send again.</summary>
public class SharedConfirmationTests
{
    private static readonly UploadTarget _target = new("node", "v1");

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Second_host_downloads_and_encodes_nothing_and_goes_on_with_the_upload_of_the_first(bool isNamed)
    {
        var store = new MemoryObjectStore();
        await using var first = new Host(store, encoder: new FakeEncoder { Segments = 20 });
        var made = await first.WorkAsync();
        var files = TestJob.Tree(made.Profile.Directory).Count;
        var broken = new ScriptedUploader(_target) { FailAt = 15 };
        await FluentActions.Awaiting(() => UploadAsync(first, broken, made.Profile, isNamed)).Should().ThrowAsync<IOException>();
        await first.Cache.Manager.FlushAsync();

        await using var second = new Host(store, encoder: new FakeEncoder { Segments = 20 });
        var given = await second.WorkAsync();
        var uploader = new ScriptedUploader(_target);
        var result = await UploadAsync(second, uploader, given.Profile, isNamed);

        (second.Downloads, second.Encodes).Should().Be((0, 0));
        Bytes.Sha256OfFile(given.Video.Path).Should().Be(Bytes.Sha256OfFile(made.Video.Path));
        TestJob.Tree(given.Profile.Directory).Should().BeEquivalentTo(TestJob.Tree(made.Profile.Directory));
        uploader.Sent.Should().HaveCount(files - 15);
        (result.FilesSkipped, result.FilesSent).Should().Be((15, files - 15));
    }

    [Fact]
    public async Task Whole_tree_of_another_host_is_not_sent_and_nothing_is_written_about_it()
    {
        var (store, second, profile) = await UploadedAsync();
        await using var closing = second;
        var puts = store.Count("put");
        var uploader = new ScriptedUploader(_target);

        (await UploadAsync(second, uploader, profile)).Outcome.Should().Be(CacheOutcome.Hit);
        await second.Cache.Manager.FlushAsync();

        uploader.Calls.Should().Be(0);
        store.Count("put").Should().Be(puts);
        store.Requests.Count(static one => one.Contains("/confirmations/") && one.StartsWith("get ")).Should().Be(3, "the first host asked when it began and before it wrote");
    }

    [Fact]
    public async Task What_another_host_uploaded_longer_ago_than_TrustUploads_is_asked_about()
    {
        var time = new DrivenTime();
        var (_, second, profile) = await UploadedAsync(time, static settings => settings with { TrustUploads = TimeSpan.FromMinutes(1) });
        await using var closing = second;
        time.Advance(TimeSpan.FromMinutes(2));
        var uploader = new ScriptedUploader(_target);

        (await UploadAsync(second, uploader, profile)).Outcome.Should().Be(CacheOutcome.Miss);

        uploader.Sent.Should().NotBeEmpty("nobody says that it is still there");
    }

    [Fact]
    public async Task Nothing_of_another_host_is_trusted_where_nothing_is_trusted()
    {
        var (_, second, profile) = await UploadedAsync(configure: static settings => settings with { TrustUploads = TimeSpan.Zero });
        await using var closing = second;
        var uploader = new ScriptedUploader(_target);

        await UploadAsync(second, uploader, profile);

        uploader.Sent.Should().HaveCount(TestJob.Tree(profile.Directory).Count);
    }

    [Fact]
    public async Task File_that_one_host_missed_counts_for_no_other_one()
    {
        var time = new DrivenTime();
        var (store, second, profile) = await UploadedAsync(time);
        await using var closing = second;
        time.Advance(TimeSpan.FromSeconds(5));
        await using (var session = await second.Cache.Manager.Uploads.OpenAsync(new UploadRequest("job-2", profile.Directory) { Profiles = [profile], Target = _target }))
        {
            await session.For(_target).ForgetAsync(session.Files[0]);
        }

        await second.Cache.Manager.FlushAsync();
        await using var third = new Host(store, time: time);
        var given = (await third.WorkAsync()).Profile;
        var uploader = new ScriptedUploader(_target);

        (await UploadAsync(third, uploader, given)).Outcome.Should().Be(CacheOutcome.Miss, "the tree's root may be gone with it");

        uploader.Sent.Should().ContainSingle();
    }

    [Fact]
    public async Task Switched_off_nothing_is_asked_and_nothing_is_sent()
    {
        var store = new MemoryObjectStore();
        await using var host = new Host(store, static remote => remote with { Confirmations = false });
        var made = await host.WorkAsync();

        await UploadAsync(host, new ScriptedUploader(_target), made.Profile);
        await host.Cache.Manager.FlushAsync();

        store.Requests.Should().NotContain(static one => one.Contains("/confirmations/"));
    }

    [Fact]
    public async Task Damaged_and_foreign_lines_are_passed_by()
    {
        var (store, second, profile) = await UploadedAsync();
        await using var closing = second;
        var name = store.Names.Single(static name => name.Contains("/confirmations/"));
        var bytes = store[name];
        for (var at = 0; at < bytes.Length; at += 40)
        {
            bytes[at] ^= 1;
        }

        store[name] = bytes;
        var uploader = new ScriptedUploader(_target);

        await UploadAsync(second, uploader, profile);

        uploader.Sent.Should().HaveCount(TestJob.Tree(profile.Directory).Count);
    }

    [Fact]
    public async Task Confirmations_go_out_every_thirty_seconds_while_an_upload_runs()
    {
        var time = new DrivenTime();
        var store = new MemoryObjectStore();
        await using var host = new Host(store, Patient.Remote, time: time);
        var made = await host.WorkAsync();
        var sent = 0;
        var uploader = new ScriptedUploader(_target)
        {
            BeforeEach = () =>
            {
                sent++;
                time.Advance(TimeSpan.FromSeconds(sent == 3 ? 31 : 1));
                if (sent == 5)
                {
                    SpinWait.SpinUntil(() => store.Names.Any(static name => name.Contains("/confirmations/")), HangGuard.Limit).Should().BeTrue();
                }
            },
        };

        await UploadAsync(host, uploader, made.Profile);

        sent.Should().BeGreaterThanOrEqualTo(5);
    }

    [Fact]
    public async Task Two_hosts_that_write_at_once_lose_nothing()
    {
        var store = new MemoryObjectStore { FailsLostRaces = true };
        await using var first = new Host(store, encoder: new FakeEncoder { Segments = 20 });
        await using var second = new Host(store, encoder: new FakeEncoder { Segments = 20 });
        var (one, two) = ((await first.WorkAsync()).Profile, (await second.WorkAsync()).Profile);
        await using (var mine = await OpenAsync(first, one))
        await using (var theirs = await OpenAsync(second, two))
        {
            for (var i = 0; i < 10; i++)
            {
                await mine.For(_target).RecordFileAsync(mine.Files[i], UploadLayer.CidOf(mine.Files[i]));
                await theirs.For(_target).RecordFileAsync(theirs.Files[i + 10], UploadLayer.CidOf(theirs.Files[i + 10]));
            }
        }

        await Task.WhenAll(first.Cache.Manager.FlushAsync(), second.Cache.Manager.FlushAsync());
        await using var third = new Host(store, encoder: new FakeEncoder { Segments = 20 });
        var uploader = new ScriptedUploader(_target);
        var given = (await third.WorkAsync()).Profile;

        await UploadAsync(third, uploader, given);

        uploader.Sent.Should().HaveCount(TestJob.Tree(given.Directory).Count - 20);
    }

    private static Task<IUploadSession> OpenAsync(Host host, EncodedProfile profile) =>
        host.Cache.Manager.Uploads.OpenAsync(new UploadRequest("job-2", profile.Directory) { Profiles = [profile], Target = _target });

    internal static Task<UploadResult> UploadAsync(Host host, IIpfsUploader uploader, EncodedProfile profile, bool isNamed = true) =>
        new ResumingIpfsUploader(uploader, host.Cache.Manager).UploadAsync(new UploadRequest("job-1", profile.Directory) { Profiles = [profile], Target = isNamed ? _target : null });

    internal static async Task<(MemoryObjectStore Store, Host Second, EncodedProfile Profile)> UploadedAsync(
        TimeProvider? time = null, Func<CacheSettings, CacheSettings>? configure = null)
    {
        var store = new MemoryObjectStore();
        await using (var first = new Host(store, time: time))
        {
            var made = await first.WorkAsync();
            await UploadAsync(first, new ScriptedUploader(_target), made.Profile);
            await first.Cache.Manager.FlushAsync();
        }

        var second = new Host(store, configure: configure, time: time);
        return (store, second, (await second.WorkAsync()).Profile);
    }
}
