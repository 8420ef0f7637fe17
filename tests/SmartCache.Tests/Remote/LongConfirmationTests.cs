using SmartCache.Tests.Support;
using SmartCache.Tests.Uploads;

namespace SmartCache.Tests.Remote;

/// <summary>What was confirmed of a long upload is megabytes. On a slow line they take their time, and no store rests for that.</summary>
public class LongConfirmationTests
{
    private static readonly UploadTarget _target = new("node", "v1");

    private readonly DrivenTime _time = new();

    [Fact]
    public async Task Megabytes_that_come_at_a_megabyte_a_second_are_waited_for()
    {
        var (store, second, profile) = await SharedConfirmationTests.UploadedAsync(_time);
        await using var closing = second;
        var name = NameOf(store);
        store[name] = [.. store[name], .. Enumerable.Repeat((byte)'\n', 3_000_000)];
        Slow(store, 1_000_000);
        var uploader = new ScriptedUploader(_target);

        await SharedConfirmationTests.UploadAsync(second, uploader, profile);

        uploader.Calls.Should().Be(0, second.Cache.Log.ToString());
    }

    [Fact]
    public async Task Bytes_that_drip_are_not_waited_for_and_that_is_no_fault()
    {
        var (store, second, profile) = await SharedConfirmationTests.UploadedAsync(_time);
        await using var closing = second;
        Slow(store, 100);
        var began = _time.GetTimestamp();
        var uploader = new ScriptedUploader(_target) { BeforeEach = () => store.Spoils = null };

        await SharedConfirmationTests.UploadAsync(second, uploader, profile);

        TimeSpan.FromTicks(_time.GetTimestamp() - began).Should().BeLessThan(TimeSpan.FromSeconds(4));
        uploader.Sent.Should().HaveCount(TestJob.Tree(profile.Directory).Count);
        second.Cache.Log.Of(1001).Should().BeEmpty();
    }

    [Fact]
    public async Task Line_that_is_slow_when_nobody_waits_is_no_fault()
    {
        var (store, second, profile) = await SharedConfirmationTests.UploadedAsync(_time);
        await using var closing = second;
        var before = store[NameOf(store)];
        var uploader = new ScriptedUploader(new UploadTarget("another", "v1"));
        uploader.BeforeEach = () =>
        {
            Slow(store, 100);
            store.Received = received =>
            {
                _time.Advance(TimeSpan.FromSeconds(received.Contains("/confirmations/") ? 9 : 0));
                return Task.CompletedTask;
            };
        };

        await new ResumingIpfsUploader(uploader, second.Cache.Manager).UploadAsync(
            new UploadRequest("job-2", profile.Directory) { Profiles = [profile], Target = new UploadTarget("another", "v1") });
        await second.Cache.Manager.FlushAsync();

        second.Cache.Log.Of(1001).Should().BeEmpty();
        store[NameOf(store)].Length.Should().BeGreaterThan(before.Length);
    }

    private static string NameOf(MemoryObjectStore store) => store.Names.Single(static name => name.Contains("/confirmations/"));

    private void Slow(MemoryObjectStore store, int bytes) => store.Spoils = (name, body) => name.Contains("/confirmations/") ? new SlowStream(body, _time, bytes, TimeSpan.FromSeconds(1)) : body;
}
