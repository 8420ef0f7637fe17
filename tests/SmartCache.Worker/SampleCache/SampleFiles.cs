using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using SmartCache.Configuration;
using SmartCache.History;
using SmartCache.Jobs;
using SmartCache.Layers;
using SmartCache.Maintenance;
using SmartCache.Space;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Worker.SampleCache;

/// <summary>
/// Writes a cache for looking at: manifests, index, jobs, account and history are those of a <see cref="SampleWorkload"/>, but no entry has its files, which would take 60 GB.
/// Whoever asks it for one gets a miss.
/// </summary>
internal static class SampleFiles
{
    private const int FilesOfProfile = 40;
    private const int FilesOfSmallProfile = 4;
    private const long SmallestOfWorkload = 10_000_000;

    public static async Task<int> RunAsync(string root, int days, int jobsPerDay, int entries, string tail)
    {
        var workload = new SampleWorkload(days, jobsPerDay, tail);
        workload.Run();
        await WriteAsync(root, workload, entries);
        Console.Out.WriteLine($"{workload.Events.Count} events, {Math.Max(entries, workload.Entries.Count)} entries, {workload.Jobs.Count} jobs");
        return 0;
    }

    /// <param name="root">Where to.</param>
    /// <param name="workload">What happened.</param>
    /// <param name="entries">So many at least: small ones fill up.</param>
    public static async Task WriteAsync(string root, SampleWorkload workload, int entries)
    {
        var settings = CacheSettings.ForRoot(root) with { History = 0, MinFreeSpace = new FreeSpaceFloor(0, null) };
        await using var cache = new CacheManager(new CacheServices(new FixedSettings(settings), NullLogger.Instance, TimeProvider.System));
        cache.UploadStore.Layer.EnsureOpen();
        var all = workload.Entries.Concat(Filling(entries - workload.Entries.Count)).ToList();
        WriteEntries(cache.SourceStore.Layer, [.. all.Where(static entry => entry.Kind == EntryKind.Source)]);
        WriteEntries(cache.ProfileStore.Layer, [.. all.Where(static entry => entry.Kind == EntryKind.Profile)]);
        WriteJobs(cache.UploadStore.Layer, workload);
        var quota = Directory.CreateDirectory(Path.Combine(root, "quota")).FullName;
        var account = new SpaceAccount(SpaceAccount.CurrentVersion, all.Sum(static entry => entry.Bytes), null, 0) { Boot = FileSystem.Current.Boot };
        await File.WriteAllBytesAsync(Path.Combine(quota, "account.json"), JsonSerializer.SerializeToUtf8Bytes(account, SpaceJson.Default.SpaceAccount));
        WriteHistory(Directory.CreateDirectory(Path.Combine(root, HistoryRecorder.Folder)).FullName, workload.Events, 8_000_000);
    }

    /// <summary>The newest lines that a history of this size has room for, in files as the library cuts them.</summary>
    public static void WriteHistory(string directory, IReadOnlyList<HistoryEvent> events, long bytes)
    {
        var (lines, taken) = (new List<byte[]>(), 0L);
        for (var i = events.Count - 1; i >= 0; i--)
        {
            var text = new StringBuilder();
            HistoryLine.Append(text, events[i]);
            lines.Add(ChecksummedLine.Of(text.ToString())[1..]);
            taken += lines[^1].Length;
            if (taken > bytes)
            {
                break;
            }
        }

        lines.Reverse();
        foreach (var (number, part) in lines.Chunk(Math.Max(1, (lines.Count / 7) + 1)).Index())
        {
            using var file = File.Create(Path.Combine(directory, string.Create(CultureInfo.InvariantCulture, $"{number + 1:D8}{OwnNames.HistoryFile}")));
            foreach (var line in part)
            {
                file.Write(line);
            }
        }
    }

    private static IEnumerable<SampleEntry> Filling(int count) => Enumerable.Range(0, Math.Max(0, count)).Select(static i =>
    {
        var content = SampleWorkload.Hash($"filling {i / 4}");
        var made = SampleWorkload.Start.AddSeconds(i);
        var profile = i % 4 == 0 ? null : string.Create(CultureInfo.InvariantCulture, $"{i % 4 * 240}p");
        return new SampleEntry(profile is null ? content[..32] : $"{content[..32]}_{SampleWorkload.Hash(profile)[..32]}", profile is null ? EntryKind.Source : EntryKind.Profile, profile, content, 4096 + i, 1 + (i % 300))
        {
            Created = made,
            LastUse = made,
        };
    });

    private static void WriteEntries(EntryLayer layer, IReadOnlyList<SampleEntry> entries)
    {
        layer.Directory.EnsureOpen();
        Parallel.ForEach(entries, entry => WriteEntry(layer, entry));
        var index = entries.Select(static entry => new StoredEntry(entry.Name, entry.Bytes, entry.CostSeconds, entry.Created, entry.LastUse)).ToList();
        IndexSnapshot.Write(layer.Directory, index, null, SampleWorkload.Start, OperationPulse.Unwatched(CancellationToken.None));
    }

    private static void WriteEntry(EntryLayer layer, SampleEntry entry)
    {
        var isSource = entry.Kind == EntryKind.Source;
        var segments = entry.Bytes < SmallestOfWorkload ? FilesOfSmallProfile : FilesOfProfile;
        string[] names = isSource ? ["source.mp4"] : [.. Enumerable.Range(0, segments).Select(static n => string.Create(CultureInfo.InvariantCulture, $"files/{n:D5}.ts")).Append("files/index.m3u8")];
        var length = entry.Bytes / names.Length;
        var files = names.Select((name, i) => new ManifestFile(name, i == 0 ? entry.Bytes - (length * (names.Length - 1)) : length, entry.Content)).ToList();
        var content = new ManifestContent
        {
            Created = entry.Created,
            Files = files,
            Key = new Dictionary<string, string> { [isSource ? "content" : "source"] = entry.Content, ["encoder"] = "ffmpeg 7.1", ["arguments"] = entry.Profile ?? "" },
            Properties = entry.Profile is { } profile ? new Dictionary<string, string> { ["name"] = profile } : [],
            CostSeconds = entry.CostSeconds,
            Maker = "sample",
        };
        var directory = Directory.CreateDirectory(layer.Entries.PathOf(entry.Name)).FullName;
        var manifest = Path.Combine(directory, Manifest.FileName);
        File.WriteAllBytes(manifest, ManifestFormat.Write(new Manifest(content, [.. files.Select(static _ => 0L)])));
        File.SetLastWriteTimeUtc(manifest, entry.LastUse.UtcDateTime);
    }

    private static void WriteJobs(LayerDirectory layer, SampleWorkload workload)
    {
        var states = new JobStates(layer);
        foreach (var job in workload.Jobs.Where(static job => job.Attempts > 0).TakeLast(60))
        {
            var profiles = job.Entries.Where(static entry => entry.Profile is not null).DistinctBy(static entry => entry.Profile).Select((entry, i) => KeyValuePair.Create(entry.Profile!, new ProfileUploadState
            {
                TotalFiles = 40,
                UploadedFiles = Math.Clamp(job.FilesSent - (40 * i), 0, 40),
                Completed = job.FilesSent >= 40 * (i + 1),
            }));
            states.Change(job.Id, _ => new JobFile
            {
                JobId = job.Id,
                Attempts = job.Attempts,
                LastAttempt = job.LastActivity,
                LastActivity = job.LastActivity,
                RetryExpectedAt = job.RetryAt,
                EndedAt = job.Ended ? job.LastActivity : null,
                ProfileHashes = [.. job.Entries.Where(static entry => entry.Profile is not null).Select(static entry => entry.Name).Distinct()],
                Profiles = profiles.ToDictionary(),
            }, OperationPulse.Unwatched(CancellationToken.None));
        }
    }
}
