using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace SmartCache.Benchmarks;

/// <summary>The upload layer: opening a session on a tree of 600 files whose hashes are known, and recording 10,000 confirmations.</summary>
internal sealed class UploadRows(CacheManager cache, OriginalDesign baseline, Scratch scratch, bool quick)
{
    private const int Files = 600;
    private const int FileBytes = 100_000;
    private const int Records = 10_000;
    private readonly UploadTarget _target = new("benchmark", "cid-version=1");

    public async Task RunAsync(ResultTable table)
    {
        var tree = scratch["tree"];
        for (var profile = 0; profile < 3; profile++)
        {
            TestFiles.WriteProfile(Path.Combine(tree, profile.ToString(CultureInfo.InvariantCulture)), (Files / 3) - 1, FileBytes, seed: 10 + profile);
        }

        var opened = await Samples.TakeAsync(quick ? 10 : 50, () => OpenAsync(tree), warmUp: 5);
        var hashed = await Samples.TakeAsync(quick ? 2 : 5, () => Task.Run(() => HashAll(tree)), warmUp: 1);
        table.Add("upload: open a session on 600 files (60 MB) with known hashes", opened, hashed);

        var cids = Enumerable.Range(0, Records).ToDictionary(static i => $"{i % 3}/seg_{i:D5}.ts", static i => $"bafkrei{i:D52}");
        var rewritten = await Samples.TakeAsync(quick ? 20 : 100, () => Task.Run(() => baseline.SaveUploadState(cids)), warmUp: 3);
        await using var session = await cache.Uploads.OpenAsync(new UploadRequest("appends", tree) { Target = _target });
        var checkpoint = session.For(_target);
        var files = Enumerable.Range(0, Records).Select(static i => new UploadFile { RelativePath = $"x/{i}", Length = 1000 + i, Sha256 = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"file {i}")))) }).ToList();
        var next = 0;
        var recorded = await Samples.TakeAsync(Records, async () => await checkpoint.RecordFileAsync(files[next], cids.ElementAt(0).Value + next++.ToString(CultureInfo.InvariantCulture)));
        table.Add("upload: record one confirmation among 10,000 (baseline: state of 10,000 files rewritten)", recorded, rewritten);
    }

    private static int HashAll(string tree)
    {
        var hashes = 0;
        foreach (var file in Directory.EnumerateFiles(tree, "*", SearchOption.AllDirectories))
        {
            hashes += OriginalDesign.Md5OfFile(file).Length;
        }

        return hashes;
    }

    private async Task OpenAsync(string tree)
    {
        await using var session = await cache.Uploads.OpenAsync(new UploadRequest("open", tree) { Target = _target });
        await session.CompleteAsync(new UploadResult("bafybenchmark"));
    }
}
