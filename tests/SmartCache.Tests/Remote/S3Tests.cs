using SmartCache.Configuration;
using SmartCache.S3;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Remote;

/// <summary>The adaptor, and two hosts on it, against a real Ceph gateway.</summary>
public sealed class S3Tests(CephNode ceph) : IClassFixture<CephNode>
{
    [CephFact]
    public async Task Objects_are_stored_read_in_ranges_listed_touched_and_deleted()
    {
        var store = await StoreAsync();
        var bytes = Bytes.Random(100_000);
        var put = await store.PutAsync("a/one", new Body(bytes), PutCondition.None);
        put.IsStored.Should().BeTrue();

        var entry = (await store.StatAsync("a/one"))!;
        (entry.Length, entry.Tag).Should().Be((bytes.Length, put.Tag!));
        (await ReadAsync(store, "a/one", null)).Should().Equal(bytes);
        (await ReadAsync(store, "a/one", new ObjectRange(10, 20))).Should().Equal(bytes[10..30]);
        (await ReadAsync(store, "a/one", new ObjectRange(99_990, 1000))).Should().Equal(bytes[99_990..]);
        (await store.GetAsync("a/one", new ObjectRange(0, 10), put.Tag)).Should().NotBeNull();
        (await store.GetAsync("a/one", new ObjectRange(0, 10), "00000000000000000000000000000000")).Should().BeNull();
        (await store.GetAsync("a/none", null, null)).Should().BeNull();
        (await store.StatAsync("a/none")).Should().BeNull();
        (await store.TouchAsync("a/one")).Should().BeTrue();
        (await store.TouchAsync("a/none")).Should().BeFalse();
        await store.PutAsync("a/two", new Body([]), PutCondition.None);
        (await ReadAsync(store, "a/two", new ObjectRange(0, 100))).Should().BeEmpty();
        var names = new List<string>();
        await foreach (var one in store.ListAsync("a/"))
        {
            names.Add(one.Name);
        }

        names.Should().Equal("a/one", "a/two");
        await store.DeleteAsync("a/one", null);
        await store.DeleteAsync("a/one", null);
        (await store.StatAsync("a/one")).Should().BeNull();
    }

    [CephFact]
    public async Task Conditions_are_kept()
    {
        var store = await StoreAsync();
        var first = await store.PutAsync("w/a", new Body([1]), PutCondition.IfAbsent);
        first.IsStored.Should().BeTrue();
        (await store.PutAsync("w/a", new Body([2]), PutCondition.IfAbsent)).IsStored.Should().BeFalse();
        var second = await store.PutAsync("w/a", new Body([3]), PutCondition.IfTag(first.Tag!));
        second.IsStored.Should().BeTrue();
        (await store.PutAsync("w/a", new Body([4]), PutCondition.IfTag(first.Tag!))).IsStored.Should().BeFalse();
        (await ReadAsync(store, "w/a", null)).Should().Equal(3);
    }

    [CephFact]
    public async Task Large_object_goes_in_parts_and_comes_back_byte_for_byte()
    {
        var store = await StoreAsync();
        var bytes = Bytes.Random(150 << 20);
        var put = await store.PutAsync("big", new Body(bytes), PutCondition.None);

        put.IsStored.Should().BeTrue();
        (await store.StatAsync("big"))!.Length.Should().Be(bytes.Length);
        Bytes.Sha256(await ReadAsync(store, "big", null)).Should().Be(Bytes.Sha256(bytes));
        (await store.TouchAsync("big")).Should().BeTrue();
    }

    [CephFact]
    public async Task Wrong_bucket_and_wrong_key_are_no_misses()
    {
        var options = await ceph.BucketAsync();
        using var nowhere = (IDisposable)S3RemoteStore.Create(new S3RemoteOptions { Endpoint = options.Endpoint, Bucket = "nosuchbucket", AccessKey = options.AccessKey, SecretKey = options.SecretKey });
        using var stranger = (IDisposable)S3RemoteStore.Create(new S3RemoteOptions { Endpoint = options.Endpoint, Bucket = options.Bucket, AccessKey = "stranger", SecretKey = "secretofstranger" });

        (await FluentActions.Awaiting(() => ((IObjectStore)nowhere).GetAsync("a", null, null).AsTask()).Should().ThrowAsync<ObjectStoreException>()).Which.Fault.Should().Be(ObjectStoreFault.Misconfigured);
        var denied = (await FluentActions.Awaiting(() => ((IObjectStore)stranger).GetAsync("a", null, null).AsTask()).Should().ThrowAsync<ObjectStoreException>()).Which;
        denied.Fault.Should().Be(ObjectStoreFault.Denied);
        denied.ToString().Should().NotContain("stranger").And.NotContain("Signature");
    }

    [CephFact]
    public async Task Second_host_downloads_and_encodes_nothing()
    {
        var options = await ceph.BucketAsync();
        await using var first = new Host(S3RemoteStore.Create(options), Generous, encoder: new FakeEncoder { Segments = 20, SegmentBytes = 200_000 }, video: Bytes.Random(90 << 20));
        var made = await first.WorkAsync();

        // The first host made all this within a moment: on a busy machine a fetch would not be worth its time.
        await using var second = new Host(
            S3RemoteStore.Create(options), Generous, time: new StandingTimestamps(), encoder: new FakeEncoder { Segments = 20, SegmentBytes = 200_000 }, video: Bytes.Random(90 << 20));

        var given = await second.WorkAsync().Guarded();

        (second.Downloads, second.Encodes).Should().Be((0, 0), string.Join('\n', second.Cache.Log.Of(100)));
        Bytes.Sha256OfFile(given.Video.Path).Should().Be(Bytes.Sha256OfFile(made.Video.Path));
        TestJob.Tree(given.Profile.Directory).Should().BeEquivalentTo(TestJob.Tree(made.Profile.Directory));
        first.Cache.Log.Of(1007).Should().BeEmpty("this engine keeps conditions");
        string.Join('\n', first.Cache.Log.Lines.Concat(second.Cache.Log.Lines).Select(static line => line.Text)).Should().NotContain(CephNode.SecretKey).And.NotContain(CephNode.AccessKey).And.NotContain("X-Amz");
    }

    [CephFact]
    public async Task Hung_gateway_is_noticed_by_no_job()
    {
        var options = await ceph.BucketAsync();
        await using var first = new Host(S3RemoteStore.Create(options));
        await first.WorkAsync();
        await using var second = new Host(S3RemoteStore.Create(options), static remote => remote with { LookupTimeout = TimeSpan.FromSeconds(1) });
        ceph.Signal("-STOP");
        try
        {
            await second.Job.EncodeAsync(await second.Job.DownloadAsync()).Guarded();

            (second.Downloads, second.Encodes).Should().Be((1, 1));
        }
        finally
        {
            ceph.Signal("-CONT");
        }

        await Until.TrueAsync(() => second.Cache.Log.Of(1002).Any());
    }

    private static RemoteSettings Generous(RemoteSettings remote) => remote with { LookupTimeout = TimeSpan.FromMinutes(1), StallTimeout = TimeSpan.FromMinutes(2) };

    private async Task<IObjectStore> StoreAsync() => S3RemoteStore.Create(await ceph.BucketAsync());

    private static async Task<byte[]> ReadAsync(IObjectStore store, string name, ObjectRange? range)
    {
        await using var read = (await store.GetAsync(name, range, null))!;
        var bytes = new byte[read.Length];
        await read.Body.ReadExactlyAsync(bytes);
        return bytes;
    }

    private sealed class Body(byte[] bytes) : IObjectBody
    {
        public long Length => bytes.Length;

        public Stream Open(long offset, long count) => new MemoryStream(bytes, (int)offset, (int)count, writable: false);
    }
}
