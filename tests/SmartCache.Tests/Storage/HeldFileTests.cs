using SmartCache.Abstractions;
using SmartCache.Storage;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Storage;

/// <summary>Files that can only be copied, more of them than may be held open.</summary>
public class HeldFileTests
{
    private const int Budget = 3;

    [Fact]
    public async Task No_more_files_are_held_open_than_the_budget_allows_and_all_are_stored()
    {
        await using var cache = Copying();
        var job = new TestJob(cache, new FakeDownloader([]), new FakeEncoder { Segments = 12 });
        var source = await TestJob.SourceAsync(cache);
        cache.ProfileLayer().Directory.EnsureOpen();
        var made = await job.InnerEncoder.EncodeAsync(new EncodeRequest(source, TestJob.Profile, cache.WorkPath("out")));
        using (var staged = new StagedEntry(cache.ProfileLayer().Directory, cache.ProfileLayer().Transfer))
        {
            foreach (var file in Directory.GetFiles(made.Directory))
            {
                staged.Take(file, Path.GetFileName(file));
            }

            staged.Files.Should().HaveCount(13);
            OpenBelow(made.Directory).Should().Be(Budget);
        }

        OpenBelow(made.Directory).Should().Be(0);
        await job.EncodeAsync(source);
        (await job.EncodeAsync(source)).Outcome.Should().Be(CacheOutcome.Hit, cache.Log.ToString());
        OpenBelow(cache.Work).Should().Be(0);
        cache.Log.Of(400).Should().BeEmpty();
    }

    [Theory]
    [InlineData("delete")]
    [InlineData("append")]
    [InlineData("replace by a copy of the same size and time")]
    [InlineData("replace by a FIFO")]
    [InlineData("replace by a link")]
    [InlineData("replace by a directory")]
    public async Task Change_to_a_file_that_was_not_held_open_is_a_miss_and_no_fault(string change)
    {
        using var gate = new HashingGate();
        await using var cache = Copying(gate);
        var job = new TestJob(cache, new FakeDownloader([]), new FakeEncoder { Segments = 12 });

        // A source whose hash is known, so that the first one who hashes is whoever saves the profile.
        var source = new DownloadedVideo(cache.WorkPath("source"), 1) { Media = new SourceMedia { ContentHash = new string('a', 64), Length = 1 } };
        var made = await job.Encoder.EncodeAsync(new EncodeRequest(source, TestJob.Profile, cache.WorkPath("out")));
        await gate.Reached;
        Change(change, Path.Combine(made.Directory, "seg_00011.ts"), cache.WorkPath("other"));
        gate.Open();
        await cache.Manager.FlushAsync().Guarded();

        cache.Entries("profiles").Should().BeEmpty();
        cache.Log.Of(400).Should().BeEmpty("a worker that uses its files is no fault");
        (await job.EncodeAsync(source)).Outcome.Should().Be(CacheOutcome.Miss);
        (await job.EncodeAsync(source)).Outcome.Should().Be(CacheOutcome.Hit, cache.Log.ToString());
    }

    /// <summary>A real limit: what the cache held, the job could not open.</summary>
    [MountFact("prlimit")]
    public async Task Profile_of_500_segments_on_another_file_system_took_all_open_files_of_the_process()
    {
        using var mount = Mount.Tmpfs(64);
        var work = Directory.CreateTempSubdirectory("smartcache-test-").FullName;
        try
        {
            using var worker = StorageWorker.StartWithOpenFiles(256, "many-segments", Path.Combine(mount.Path, "cache"), work);

            (await worker.ReadLineAsync()).Should().Be("Miss Miss Miss");
            (await worker.ReadLineAsync()).Should().Be("Hit Hit Hit");
            (await worker.ReadLineAsync()).Should().Be("0 faults");
            (await worker.FinishAsync()).Should().Be(0);
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    private static TestCache Copying(TimeProvider? time = null) => new(
        static settings => settings with { Materialize = MaterializeMode.Copy, OperationTimeout = TimeSpan.FromHours(1) },
        time: time,
        with: static services => services with { Handles = new HandleBudget(Budget) });

    private static int OpenBelow(string directory) =>
        Directory.GetFileSystemEntries("/proc/self/fd").Count(entry => new FileInfo(entry).LinkTarget?.StartsWith(directory, StringComparison.Ordinal) == true);

    private static void Change(string change, string path, string other)
    {
        File.Move(path, other);
        switch (change)
        {
            case "delete":
                break;
            case "append":
                File.Move(other, path);
                File.AppendAllText(path, "more");
                break;
            case "replace by a FIFO":
                Mount.Run("mkfifo", path);
                break;
            case "replace by a link":
                File.CreateSymbolicLink(path, other);
                break;
            case "replace by a directory":
                Directory.CreateDirectory(path);
                break;
            default:
                File.Copy(other, path);
                break;
        }
    }
}
