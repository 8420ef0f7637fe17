using System.Collections.Concurrent;
using System.Diagnostics;
using SmartCache.Tests.Support;
using SmartCache.Tests.Uploads;

namespace SmartCache.Tests.Diagnostics;

/// <summary>An upload is an activity, whatever becomes of it.</summary>
public sealed class ActivityTests : IDisposable
{
    private readonly Activity _root = new Activity("test").Start();
    private readonly ConcurrentQueue<Activity> _seen = new();
    private readonly ActivityListener _listener;
    private readonly UploadTarget _target = new("node", "v1");

    public ActivityTests()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == SmartCacheTelemetry.ActivitySourceName,
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity =>
            {
                if (activity.TraceId == _root.TraceId)
                {
                    _seen.Enqueue(activity);
                }
            },
        };
        ActivitySource.AddActivityListener(_listener);
    }

    [Fact]
    public async Task Upload_and_the_one_that_is_spared_are_activities_with_outcome_and_reason()
    {
        await using var cache = new TestCache();
        var uploader = new ResumingIpfsUploader(new ScriptedUploader(_target), cache.Manager);

        await uploader.UploadAsync(new UploadRequest("job", Tree(cache)));
        await uploader.UploadAsync(new UploadRequest("job-2", Tree(cache)));

        Said().Should().Equal("smartcache.uploads Miss NotCached Unset", "smartcache.uploads Hit None Unset");
        _seen.Should().OnlyContain(activity => activity.ParentSpanId == _root.SpanId);
        Activity.Current.Should().Be(_root);
    }

    [Fact]
    public async Task Upload_that_fails_is_an_error_with_the_type_of_the_exception_only()
    {
        await using var cache = new TestCache();
        var uploader = new ResumingIpfsUploader(new ScriptedUploader(_target) { FailAt = 0 }, cache.Manager);

        await uploader.Awaiting(it => it.UploadAsync(new UploadRequest("job", Tree(cache)))).Should().ThrowAsync<IOException>();

        Said().Should().Equal("smartcache.uploads Miss NotCached Error");
        _seen.Single().StatusDescription.Should().Be(nameof(IOException));
    }

    [Fact]
    public async Task Upload_that_is_cancelled_says_so()
    {
        await using var cache = new TestCache();
        using var cancellation = new CancellationTokenSource();
        var uploader = new ResumingIpfsUploader(new ScriptedUploader(_target) { BeforeEach = cancellation.Cancel }, cache.Manager);

        await uploader.Awaiting(it => it.UploadAsync(new UploadRequest("job", Tree(cache, files: 2)), null, cancellation.Token)).Should().ThrowAsync<OperationCanceledException>();

        _seen.Single().StatusDescription.Should().Be("cancelled");
    }

    [Fact]
    public async Task Upload_of_a_tree_that_cannot_be_hashed_is_a_bypass()
    {
        await using var cache = new TestCache();
        var uploader = new ResumingIpfsUploader(new ScriptedUploader(_target) { IgnoresSession = true }, cache.Manager);

        await uploader.UploadAsync(new UploadRequest("job", cache.WorkPath("is not there")));

        Said().Should().Equal("smartcache.uploads Bypass HashUnknown Unset");
    }

    [Fact]
    public async Task Upload_past_the_cache_is_none()
    {
        await using var cache = new TestCache();
        var uploader = new ResumingIpfsUploader(new ScriptedUploader(_target) { IgnoresSession = true }, cache.Manager);

        await uploader.UploadAsync(new UploadRequest("job", Tree(cache)) { Use = CacheUse.Bypass });

        Said().Should().BeEmpty();
    }

    public void Dispose()
    {
        _listener.Dispose();
        _root.Dispose();
    }

    private static string Tree(TestCache cache, int files = 1)
    {
        var tree = Directory.CreateDirectory(cache.WorkPath("tree")).FullName;
        for (var i = 0; i < files; i++)
        {
            File.WriteAllText(Path.Combine(tree, $"{i}.ts"), $"{i}");
        }

        return tree;
    }

    private IEnumerable<string> Said() =>
        _seen.Select(static one => $"{one.OperationName} {one.GetTagItem("smartcache.outcome")} {one.GetTagItem("smartcache.reason")} {one.Status}");
}
