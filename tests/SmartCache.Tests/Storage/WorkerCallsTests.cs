using SmartCache.Abstractions;
using SmartCache.Storage;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Storage;

/// <summary>What the worker does with its own file right after it was given, while the cache still works on it.</summary>
public class WorkerCallsTests
{
    private const string Url = "http://example.test/video";

    public static TheoryData<string, string> CallsAndModes => CallsWith("Auto", "Copy");

    public static TheoryData<string, string> CallsAndHolds => CallsWith("Auto", "Copy", NotHeld);

    private const string NotHeld = "Copy, not held open";

    private static string[] Calls => ["create", "open to write", "copy onto", "move away", "move onto", "delete", "truncate", "append"];

    [Theory]
    [MemberData(nameof(CallsAndHolds))]
    public async Task Call_while_the_cache_hashes_never_fails_and_never_spoils_a_later_hit(string call, string mode)
    {
        using var gate = new HashingGate();
        await using var cache = In(mode, gate);
        var bytes = Bytes.Random(3 << 20);
        var inner = new FakeDownloader(bytes);
        var downloader = new CachingVideoDownloader(inner, cache.Manager);
        var given = await downloader.DownloadAsync(new DownloadRequest(Url, cache.WorkPath("a.mp4")));
        await gate.Reached;

        Perform(call, given.Path);
        gate.Open();
        await cache.Manager.FlushAsync();

        var again = await downloader.DownloadAsync(new DownloadRequest(Url, cache.WorkPath("b.mp4")));
        (await File.ReadAllBytesAsync(again.Path)).Should().Equal(bytes);
        if (call is "delete" or "move away" or "move onto")
        {
            inner.Calls.Should().Be(mode == NotHeld ? 2 : 1, "only where the file was held open has the cache its own hold on the bytes");
        }

        cache.Log.Of(400).Should().BeEmpty("a worker that uses its file is no fault");
    }

    [Theory]
    [MemberData(nameof(CallsAndModes))]
    public async Task Call_on_a_file_that_was_a_hit_never_spoils_a_later_hit(string call, string mode)
    {
        await using var cache = In(mode);
        var bytes = Bytes.Random(200_000);
        var downloader = new CachingVideoDownloader(new FakeDownloader(bytes), cache.Manager);
        File.Delete((await downloader.DownloadAsync(new DownloadRequest(Url, cache.WorkPath("a.mp4")))).Path);
        await cache.Manager.FlushAsync();
        var hit = await downloader.DownloadAsync(new DownloadRequest(Url, cache.WorkPath("b.mp4")));
        hit.Outcome.Should().Be(CacheOutcome.Hit);

        Perform(call, hit.Path);

        var again = await downloader.DownloadAsync(new DownloadRequest(Url, cache.WorkPath("c.mp4")));
        (await File.ReadAllBytesAsync(again.Path)).Should().Equal(bytes);
        cache.Log.Of(400).Should().BeEmpty();
    }

    [Fact]
    public async Task Two_hundred_calls_at_once_with_the_saves_spoil_nothing()
    {
        await using var cache = new TestCache();
        var inner = new FakeDownloader(request => Bytes.Random(100_000, request.Source.GetHashCode(StringComparison.Ordinal)));
        var downloader = new CachingVideoDownloader(inner, cache.Manager);
        for (var i = 0; i < 200; i++)
        {
            var request = new DownloadRequest($"{Url}/{i}", cache.WorkPath($"{i}.mp4"));
            Perform(Calls[i % Calls.Length], (await downloader.DownloadAsync(request)).Path);
            if (i % 3 == 0)
            {
                await Check(request);
            }
        }

        await cache.Manager.FlushAsync();
        for (var i = 0; i < 200; i++)
        {
            await Check(new DownloadRequest($"{Url}/{i}", cache.WorkPath("check.mp4")));
        }

        cache.Log.Of(400).Should().BeEmpty();

        async Task Check(DownloadRequest request)
        {
            var again = await downloader.DownloadAsync(request with { DestinationPath = cache.WorkPath("check.mp4") });
            Bytes.Sha256OfFile(again.Path).Should().Be(Bytes.Sha256(Bytes.Random(100_000, request.Source.GetHashCode(StringComparison.Ordinal))));
            File.Delete(again.Path);
        }
    }

    private static TheoryData<string, string> CallsWith(params string[] modes)
    {
        var data = new TheoryData<string, string>();
        foreach (var (call, mode) in Calls.SelectMany(call => modes.Select(mode => (call, mode))))
        {
            data.Add(call, mode);
        }

        return data;
    }

    private static TestCache In(string mode, TimeProvider? time = null) => new(
        settings => settings with { OperationTimeout = TimeSpan.FromHours(1), Materialize = Enum.Parse<MaterializeMode>(mode.Split(',')[0]) },
        time: time,
        with: services => mode == NotHeld ? services with { Handles = new HandleBudget(0) } : services);

    private static void Perform(string call, string path)
    {
        var other = path + ".other";
        switch (call)
        {
            case "create":
                using (var file = File.Create(path))
                {
                    file.Write("overwritten"u8);
                }

                break;
            case "open to write":
                using (var file = File.OpenWrite(path))
                {
                    file.Write("overwritten"u8);
                }

                break;
            case "copy onto":
                File.WriteAllText(other, "other");
                File.Copy(other, path, overwrite: true);
                break;
            case "move away":
                File.Move(path, other);
                break;
            case "move onto":
                File.WriteAllText(other, "other");
                File.Move(other, path, overwrite: true);
                break;
            case "delete":
                File.Delete(path);
                break;
            case "truncate":
                using (var file = new FileStream(path, FileMode.Open, FileAccess.Write))
                {
                    file.SetLength(10);
                }

                break;
            default:
                File.AppendAllText(path, "more");
                break;
        }
    }
}
