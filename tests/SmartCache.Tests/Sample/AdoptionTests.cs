using Adoption;
using Microsoft.Extensions.DependencyInjection;
using SmartCache.Tests.Stages.Kubo;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Sample;

/// <summary>A worker before and after it took the cache in: what it costs in lines, and what a retry does then.</summary>
public sealed class AdoptionTests : WorkerHome
{
    private const int MostNewLines = 60;

    private static readonly string s_samples = Path.Combine(Snapshot.Repository, "samples");
    private static readonly SourceMedia s_media = new() { ContentHash = new string('a', 64), Length = 1 };

    [Fact]
    public void Worker_takes_the_cache_in_with_few_new_lines()
    {
        var added = NewLines().ToList();

        added.Should().NotBeEmpty();
        added.Count.Should().BeLessThanOrEqualTo(MostNewLines, string.Join('\n', added));
    }

    [Fact]
    public void No_new_line_has_to_be_copied_from_another_sample()
    {
        var others = SourceFiles(s_samples).Where(static path => !path.Contains("/adoption/", StringComparison.Ordinal))
            .SelectMany(File.ReadLines).Select(static line => line.Trim()).ToHashSet();

        // A signature of the contract is no invention of a sample's.
        NewLines().Select(static line => line.Trim()).Where(static line => line.Length > 40 && !line.StartsWith("public async ", StringComparison.Ordinal))
            .Should().NotIntersectWith(others);
    }

    [FfmpegFact]
    public async Task Recipe_is_the_same_for_every_job_and_tells_the_renditions_apart()
    {
        using var ffmpeg = new SmartCache.FFMpegCore.FfmpegVersion(TinyVideo.Ffmpeg);
        var encoder = new LadderEncoder(ffmpeg);

        var (first, second) = (await encoder.DescribeAsync(s_media, new Rendition("144p", 144, 200)), await encoder.DescribeAsync(s_media, new Rendition("144p", 144, 200)));
        var higher = await encoder.DescribeAsync(s_media, new Rendition("144p", 144, 300));

        first.Should().BeEquivalentTo(second, options => options.WithStrictOrdering());
        first.EncoderVersion.Should().Contain("ffmpeg version").And.Contain("build");
        first.Arguments.Except(higher.Arguments).Should().Equal("200k");
        higher.Arguments.Except(first.Arguments).Should().Equal("300k");
    }

    [FfmpegFact]
    public async Task Retry_downloads_and_encodes_nothing_again_although_the_job_deleted_its_files()
    {
        await using var net = await AdoptionNet.StartAsync(await TinyVideo.MakeAsync(Home, seconds: 4));
        using var host = WorkerHost.Build([$"--Cache:Directory={Path.Combine(Home, "cache")}", "--Cache:MinFreeSpace=0"], net.Node);
        var (cache, job) = (host.Services.GetRequiredService<CacheManager>(), host.Services.GetRequiredService<JobRunner>());
        var work = Path.Combine(Home, "work");

        await job.Awaiting(it => it.RunAsync(net.Video, work, default)).Should().ThrowAsync<HttpRequestException>();
        await cache.FlushAsync();
        Directory.Exists(work).Should().BeFalse();
        var first = await job.RunAsync(net.Video, work, default);
        await cache.FlushAsync();
        var again = await job.RunAsync(net.Video, work, default);

        var figures = await cache.GetStatisticsAsync();
        (figures.Profiles.Misses, figures.Profiles.Hits).Should().Be((2, 4));
        (net.Downloads, net.Posts).Should().Be((1, 2), "the first upload failed, the second one sent the tree, and the third time it is there");
        (first, again).Should().Be((AdoptionNet.Cid, AdoptionNet.Cid));
    }

    [Fact]
    public async Task Upload_goes_to_the_node_that_has_the_files()
    {
        await using var net = await AdoptionNet.StartAsync("");
        await File.WriteAllTextAsync(Path.Combine(Home, "index.m3u8"), "#EXTM3U");
        using var http = new HttpClient();
        var target = new UploadTarget(net.Node.Authority, "any");
        await using var session = new MemorySession(Home, new()) { PreferredTarget = target };
        var uploader = new IpfsUploader(http, [new Uri("http://127.0.0.1:1"), net.Node]);

        // The first one is refused, as in the test above.
        await uploader.Awaiting(it => it.UploadAsync(new UploadRequest("job", Home) { Session = session })).Should().ThrowAsync<HttpRequestException>().Where(e => e.StatusCode != null);
        var result = await uploader.UploadAsync(new UploadRequest("job", Home) { Session = session });

        result.Target!.Id.Should().Be(net.Node.Authority);
        net.Posts.Should().Be(2);
    }

    private static IEnumerable<string> NewLines()
    {
        var (before, after) = (Path.Combine(s_samples, "adoption", "before"), Path.Combine(s_samples, "adoption", "after"));
        return SourceFiles(after).SelectMany(path =>
        {
            var old = Path.Combine(before, Path.GetFileName(path).Replace("After", "Before", StringComparison.Ordinal));
            return Added(File.Exists(old) ? File.ReadAllLines(old) : [], File.ReadAllLines(path));
        });
    }

    private static IEnumerable<string> SourceFiles(string directory) =>
        Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories)
            .Where(static path => Path.GetExtension(path) is ".cs" or ".csproj" or ".json" && !path.Contains("/bin/", StringComparison.Ordinal) && !path.Contains("/obj/", StringComparison.Ordinal));

    /// <summary>The lines of the second text that are not in a longest common subsequence of both: what a diff shows with a plus.</summary>
    private static List<string> Added(string[] old, string[] now)
    {
        var common = new int[old.Length + 1, now.Length + 1];
        for (var i = old.Length - 1; i >= 0; i--)
        {
            for (var j = now.Length - 1; j >= 0; j--)
                common[i, j] = old[i] == now[j] ? common[i + 1, j + 1] + 1 : Math.Max(common[i + 1, j], common[i, j + 1]);
        }

        List<string> added = [];
        for (int i = 0, j = 0; j < now.Length;)
        {
            if (i < old.Length && old[i] == now[j])
                (i, j) = (i + 1, j + 1);
            else if (i < old.Length && common[i + 1, j] >= common[i, j + 1])
                i++;
            else
                added.Add(now[j++]);
        }

        return added;
    }
}
