using SmartCache.Torture.Workload;

namespace SmartCache.Torture.Steps;

/// <summary>Something that the cache does in steps, each of which may be the last or fail.</summary>
internal sealed record Operation(string Name, Func<StepCase, Task> Prepare, Func<StepCase, Task<string>> Run)
{
    private const string DeadWriter = "0123456789abcdef0123456789abcdef";

    public static readonly IReadOnlyList<Operation> All =
    [
        new("publish-source", static test => test.OpenAsync(), static async test => (await test.DownloadAsync()).ToString()),
        new("hit-source", WithSourceAsync, static async test => (await test.DownloadAsync()).ToString()),
        new("publish-profile", static test => test.OpenAsync(), static async test => (await test.EncodeAsync()).ToString()),
        new("hit-profile", WithProfileAsync, static async test => (await test.EncodeAsync()).ToString()),
        new("checkpoint", static test => test.OpenAsync(), static async test => (await test.UploadAsync()).ToString()),
        new("evict", WithTooMuchAsync, CleanUpAsync),
        new("quarantine", WithSpoiltSourceAsync, static async test => (await test.DownloadAsync()).ToString()),
        new("condemn", WithLeaseAsync, RemoveUnderLeaseAsync),
        new("sweep", WithLeftoversAsync, CleanUpAsync),
    ];

    public static Operation Named(string name) => All.FirstOrDefault(operation => operation.Name == name) ?? throw new ArgumentException($"No operation is called {name}.");

    private static async Task WithSourceAsync(StepCase test)
    {
        await test.OpenAsync();
        await test.DownloadAsync();
        await test.OpenAsync();
    }

    private static async Task WithProfileAsync(StepCase test)
    {
        await test.OpenAsync();
        await test.EncodeAsync();
        await test.OpenAsync();
    }

    private static async Task WithTooMuchAsync(StepCase test)
    {
        await test.OpenAsync();
        for (var source = 4; source < 8; source++)
        {
            await test.DownloadAsync(source);
        }

        await test.EncodeAsync(profile: "480p");
        await test.OpenAsync(maxSize: 1_000_000);
    }

    private static async Task WithSpoiltSourceAsync(StepCase test)
    {
        await WithSourceAsync(test);
        var file = Directory.GetFiles(Path.Combine(test.Paths.Cache, "sources"), "source.*", SearchOption.AllDirectories).Single();
        using var handle = File.OpenHandle(file, FileMode.Open, FileAccess.ReadWrite);
        RandomAccess.Write(handle, "spoilt"u8, 1000);
    }

    private static async Task WithLeaseAsync(StepCase test)
    {
        await WithSourceAsync(test);
        test.Held = await test.Cache.Sources.TryGetAsync(SourceKey.From(new DownloadRequest(Content.Url(StepCase.Source), "")));
    }

    private static async Task<string> RemoveUnderLeaseAsync(StepCase test)
    {
        await test.Cache.RemoveBySourceAsync(StepCase.Content.HashOf(StepCase.Source));
        if (test.Held is CachedSource lease && !File.Exists(lease.Path))
        {
            throw new WrongBytesException("the leased file is gone");
        }

        await test.Held!.DisposeAsync();
        test.Held = null;
        return "removed";
    }

    /// <summary>What a worker leaves that was killed: staging, locks that nobody holds, a condemned entry, trash.</summary>
    private static async Task WithLeftoversAsync(StepCase test)
    {
        await WithSourceAsync(test);
        await test.DownloadAsync(6);
        var layer = Path.Combine(test.Paths.Cache, "sources");
        var staged = Directory.CreateDirectory(Path.Combine(layer, "staging", DeadWriter, "1"));
        await File.WriteAllTextAsync(Path.Combine(staged.FullName, "half.mp4"), "half");
        foreach (var name in new[] { "writer-" + DeadWriter, "make-" + DeadWriter, "entry-" + DeadWriter, "condemned-" + StepCase.Content.HashOf(6)[..32] })
        {
            await File.WriteAllTextAsync(Path.Combine(layer, "locks", name), "");
        }

        var trash = Directory.CreateDirectory(Path.Combine(layer, "trash", DeadWriter));
        await File.WriteAllTextAsync(Path.Combine(trash.FullName, "old.mp4"), "old");
        await test.OpenAsync();
    }

    private static async Task<string> CleanUpAsync(StepCase test)
    {
        await test.Cache.CleanupAsync();
        return "cleaned up";
    }
}
