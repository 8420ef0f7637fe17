using System.Diagnostics;
using System.Globalization;
using SmartCache.Worker;

namespace SmartCache.Tests.Uploads;

public class KilledWorkerTests
{
    private static readonly UploadTarget Target = new("node", "v1");
    private static readonly string[] Prefixes = ["x", "y"];
    private static readonly TimeSpan Generous = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData(1)]
    [InlineData(300)]
    [InlineData(2500)]
    public async Task Every_record_that_counted_as_kept_survives_sigkill(int records)
    {
        await using var layer = new UploadLayer();
        var tree = layer.Tree("tree", ("a", "a"));
        var kept = new List<int>();
        using (var worker = Start(layer, tree, "w", 0))
        {
            try
            {
                while (kept.Count < records && await worker.StandardOutput.ReadLineAsync().WaitAsync(Generous) is { } line)
                {
                    kept.Add(int.Parse(line, CultureInfo.InvariantCulture));
                }
            }
            finally
            {
                worker.Kill();
            }

            // What it had printed before it died counts as well; a torn last line does not.
            var rest = await worker.StandardOutput.ReadToEndAsync().WaitAsync(Generous);
            kept.AddRange(rest.Split('\n')[..^1].Select(line => int.Parse(line, CultureInfo.InvariantCulture)));
            await worker.WaitForExitAsync().WaitAsync(Generous);
        }

        kept.Count.Should().BeGreaterThanOrEqualTo(records);
        var known = await KnownAsync(layer, [.. kept.Select(number => RecordUploads.FileOf("w", number))]);
        known.Should().Be(kept.Count);
    }

    [Fact]
    public async Task Processes_and_a_clean_up_at_once_lose_nothing()
    {
        await using var layer = new UploadLayer();
        var tree = layer.Tree("tree", ("a", "a"));
        const int each = 1500;
        var workers = Prefixes.Select(prefix => Start(layer, tree, prefix, each)).ToList();
        try
        {
            var outputs = workers.Select(worker => worker.StandardOutput.ReadToEndAsync()).ToList();
            while (workers.Any(worker => !worker.HasExited))
            {
                layer.Store.Cleanup(layer.Pulse, layer.Time.GetUtcNow());
            }

            await Task.WhenAll(outputs).WaitAsync(Generous);
            workers.Should().OnlyContain(worker => worker.ExitCode == 0);
        }
        finally
        {
            foreach (var worker in workers)
            {
                worker.Kill();
                worker.Dispose();
            }
        }

        var all = Prefixes.SelectMany(prefix => Enumerable.Range(0, each).Select(number => RecordUploads.FileOf(prefix, number))).ToList();
        (await KnownAsync(layer, all)).Should().Be(2 * each);
    }

    private static async Task<int> KnownAsync(UploadLayer layer, IReadOnlyList<UploadFile> files)
    {
        // Files whose content is what the worker hashed, so that a session asks for them.
        var again = layer.Tree("again", [.. files.Select((file, i) => ($"{i:d6}", file.RelativePath))]);
        await using var session = await layer.Store.OpenAsync(new UploadRequest("reader", again) { Use = CacheUse.NoStore });
        var checkpoint = session.For(Target);
        return session.Files.Zip(files).Count(pair =>
            pair.First.Sha256 == pair.Second.Sha256 && checkpoint.TryGetCid(pair.Second, out var cid) && cid == "cid-" + pair.Second.RelativePath);
    }

    private static Process Start(UploadLayer layer, string tree, string prefix, int count)
    {
        var worker = typeof(RecordUploads).Assembly.Location;
        string[] arguments = [worker, "record-uploads", layer.Current.Root, tree, Target.Id, prefix, count.ToString(CultureInfo.InvariantCulture)];
        return Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true })!;
    }
}
