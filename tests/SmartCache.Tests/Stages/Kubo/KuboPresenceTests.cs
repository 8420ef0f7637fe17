using SmartCache.Stages;
using SmartCache.Stages.Kubo;
using SmartCache.Tests.Support;
using SmartCache.Tests.Uploads;

namespace SmartCache.Tests.Stages.Kubo;

/// <summary>The upload state asks nodes over real connections what they still hold.</summary>
public sealed class KuboPresenceTests
{
    [Fact]
    public async Task Node_that_never_answers_keeps_nobody_from_asking_the_next_one_and_what_each_says_is_its_own()
    {
        await using FakeNode hung = new(), alive = new();
        using var tree = new VideoTree(2, 1, "720p");
        TaskCompletionSource hungAsked = Signal(), aliveAsked = Signal(), givenUp = Signal();
        hung.Script = async request =>
        {
            hungAsked.TrySetResult();
            await givenUp.Task;
            FakeNode.Reset(request);
            return true;
        };
        alive.Script = _ =>
        {
            aliveAsked.TrySetResult();
            return Task.FromResult(false);
        };
        var options = new KuboOptions();
        options.Endpoints.Add(new KuboEndpoint(hung.Endpoint, "hung"));
        options.Endpoints.Add(new KuboEndpoint(alive.Endpoint, "alive"));
        // Its clock stands, so that the uploader waits for as long as it is let.
        using var kubo = new KuboUploader(options, timeProvider: new DrivenTime());
        var time = new ShiftedTime();
        await using var cache = new TestCache(settings => settings with { OperationTimeout = TimeSpan.FromMinutes(30) }, time: time, with: services => services with { Presence = kubo });
        // The one that has more is the first in order.
        await RecordAsync(cache, tree, hung, Target("hung"), leaveOut: 0);
        await RecordAsync(cache, tree, alive, Target("alive"), leaveOut: 1);
        time.Shift = TimeSpan.FromHours(3);

        var opening = cache.Manager.Uploads.OpenAsync(tree.Request() with { JobId = "retry" });
        try
        {
            await Task.WhenAll(hungAsked.Task, aliveAsked.Task).Guarded();
        }
        finally
        {
            givenUp.SetResult();
        }

        await using var session = await opening.Guarded();

        session.PreferredTarget!.Id.Should().Be("alive");
        session.Files.Count(file => session.For(Target("alive")).TryGetCid(file, out _)).Should().Be(3);
        session.Files.Count(file => session.For(Target("hung")).TryGetCid(file, out _)).Should().Be(0, "nobody knows");
    }

    private static UploadTarget Target(string id) => new(id, new ImportParameters(new KuboOptions()).Canonical);

    private static TaskCompletionSource Signal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static async Task RecordAsync(TestCache cache, VideoTree tree, FakeNode node, UploadTarget target, int leaveOut)
    {
        await using var session = await cache.Manager.Uploads.OpenAsync(tree.Request() with { Target = target, Use = CacheUse.Refresh });
        foreach (var file in session.Files.Skip(leaveOut))
            await session.For(target).RecordFileAsync(file, node.Keep(await File.ReadAllBytesAsync(Path.Combine(tree.Root, file.RelativePath))).ToString());
    }
}
