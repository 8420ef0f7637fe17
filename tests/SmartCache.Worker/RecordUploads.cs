using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using SmartCache.Configuration;
using SmartCache.Diagnostics;
using SmartCache.Jobs;
using SmartCache.Layers;
using SmartCache.Storage;
using SmartCache.Storage.Platform;
using SmartCache.Uploads;

namespace SmartCache.Worker;

/// <summary>
/// Records <c>count</c> made-up files, from several threads, and prints each one's number once its record counts as kept. A <c>count</c> of 0 goes on until killed.
/// </summary>
internal static class RecordUploads
{
    private const int Threads = 4;

    public static UploadFile FileOf(string prefix, int number) => new()
    {
        RelativePath = $"{prefix}-{number}",
        Length = number,
        Sha256 = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{prefix}-{number}")))),
    };

    public static async Task<int> RunAsync(string root, string tree, string target, string prefix, int count)
    {
        var settings = new FixedSettings(CacheSettings.ForRoot(root));
        using var layer = new LayerDirectory("uploads", settings.Current.UploadsDirectory, () => settings.Current, FileSystem.Current);
        using var meter = new CacheMeter();
        var boundary = new CacheBoundary(layer, settings, new FaultLog(NullLogger.Instance, meter, TimeProvider.System), TimeProvider.System);
        await using var saves = new BackgroundSaves(TimeProvider.System);
        var access = new LayerAccess(layer, boundary, settings, TimeProvider.System, NullLogger.Instance);
        var store = new UploadStateStore(access, new JobRecords(access, saves, static _ => { }), new ContentHasher(FileSystem.Current), saves, null, meter);
        await using var session = await store.OpenAsync(new UploadRequest("worker-" + prefix, tree));
        var checkpoint = session.For(new UploadTarget(target, "v1"));
        var next = -1;
        await Task.WhenAll(Enumerable.Range(0, Threads).Select(_ => Task.Run(async () =>
        {
            for (int number; (number = Interlocked.Increment(ref next)) < count || count == 0;)
            {
                await checkpoint.RecordFileAsync(FileOf(prefix, number), $"cid-{prefix}-{number}");
                Console.Out.Write(string.Create(CultureInfo.InvariantCulture, $"{number}\n"));
            }
        })));
        return 0;
    }
}
