using System.Diagnostics;
using Xunit.Abstractions;

namespace SmartCache.Tests.Uploads;

public class UploadPerformanceTests(ITestOutputHelper output)
{
    private TimeSpan _processor = Environment.CpuUsage.TotalTime;

    private static readonly UploadTarget Target = new("node", "v1");

    [Fact]
    public async Task Ten_thousand_files_are_recorded_and_found_again()
    {
        await using var layer = new UploadLayer();
        var tree = layer.Tree("tree", [.. Enumerable.Range(0, 10_000).Select(i => ($"{i / 1000}/{i}.ts", $"content {i}"))]);
        var watch = Stopwatch.StartNew();
        await using (var session = await layer.Store.OpenAsync(new UploadRequest("job", tree)))
        {
            Report("open, nothing known", watch, 10_000);
            var checkpoint = session.For(Target);
            foreach (var file in session.Files.Take(5_000))
            {
                await checkpoint.RecordFileAsync(file, UploadLayer.CidOf(file));
            }

            Report("record one after the other", watch, 5_000);
            await Parallel.ForEachAsync(session.Files.Skip(5_000), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (file, stop) =>
                await checkpoint.RecordFileAsync(file, UploadLayer.CidOf(file), stop));
            Report("record 16 at once", watch, 5_000);
        }

        Report("close", watch, 1);
        await using var again = await layer.Store.OpenAsync(new UploadRequest("job", tree));
        Report("open again, all known", watch, 10_000);
        UploadSessionTests.Offered(again, Target).Should().HaveCount(10_000);
        Report("ask for each", watch, 10_000);
        output.WriteLine($"journal: {new FileInfo(layer.JournalOf(Target)).Length:n0} bytes");
    }

    private void Report(string what, Stopwatch watch, int count)
    {
        // The processor time too: beside other tests the clock says little.
        var processor = Environment.CpuUsage.TotalTime;
        output.WriteLine(
            $"{what}: {watch.Elapsed.TotalMilliseconds:n1} ms, {watch.Elapsed.TotalMicroseconds / count:n1} µs each, processor {(processor - _processor).TotalMicroseconds / count:n1} µs each");
        _processor = Environment.CpuUsage.TotalTime;
        watch.Restart();
    }
}
