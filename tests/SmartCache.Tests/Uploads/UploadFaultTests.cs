using System.Diagnostics;
using SmartCache.Jobs;
using SmartCache.Storage.Platform;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Uploads;

public class UploadFaultTests(Xunit.Abstractions.ITestOutputHelper output)
{
    private static readonly UploadTarget Target = new("node", "v1");

    [Fact]
    public async Task File_where_the_layer_should_be_leaves_the_session_in_memory()
    {
        await using var layer = new UploadLayer();
        layer.Layer.EnsureOpen();
        Directory.Delete(layer.Current.UploadsDirectory, recursive: true);
        File.WriteAllText(layer.Current.UploadsDirectory, "in the way");

        await WorksInMemoryAsync(layer);
        File.ReadAllText(layer.Current.UploadsDirectory).Should().Be("in the way");
    }

    [Fact]
    public async Task File_where_the_journals_should_be_leaves_the_session_in_memory()
    {
        await using var layer = new UploadLayer();
        layer.Layer.EnsureOpen();
        File.WriteAllText(layer.Targets, "in the way");

        await WorksInMemoryAsync(layer);
    }

    [Fact]
    public async Task Directory_where_a_journal_should_be_leaves_the_session_in_memory()
    {
        await using var layer = new UploadLayer();
        layer.Layer.EnsureOpen();
        Directory.CreateDirectory(layer.JournalOf(Target));

        await WorksInMemoryAsync(layer);
    }

    [Fact]
    public async Task Job_whose_state_cannot_be_read_is_said_and_hides_no_other()
    {
        await using var layer = new UploadLayer();
        layer.Jobs.Touch(new JobTouch("job", EntryKind.Source, "source"));
        layer.Jobs.Touch(new JobTouch("other", EntryKind.Source, "source"));
        await layer.Saves.FlushAsync(default);
        var state = Directory.GetFiles(layer.Current.UploadsDirectory, "job*.json").Single();
        File.Move(state, state + ".elsewhere");
        File.CreateSymbolicLink(state, state + ".elsewhere");

        var listed = new List<string>();
        await foreach (var job in layer.Store.ListAsync())
        {
            listed.Add(job.JobId);
        }

        listed.Should().Equal("other");
        layer.Log.Should().ContainSingle(line => line.Contains("read a job's state", StringComparison.Ordinal));
    }

    [Fact]
    public async Task State_that_cannot_be_looked_at_when_it_is_removed_is_told_and_not_taken_for_absent()
    {
        var disk = new BlindDisk();
        await using var layer = new UploadLayer(fileSystem: disk);
        layer.Jobs.Touch(new JobTouch("job", EntryKind.Source, "source"));
        await layer.Saves.FlushAsync(default);
        disk.Hides = Directory.GetFiles(layer.Current.UploadsDirectory, "job*.json").Single();

        (await layer.Store.RemoveAsync("job")).Should().BeFalse();

        layer.Log.Should().ContainSingle(line => line.Contains("remove a job's state", StringComparison.Ordinal));
        File.Exists(disk.Hides).Should().BeTrue();
        disk.Hides = null;
        (await layer.Store.RemoveAsync("job")).Should().BeTrue();
        (await layer.Store.RemoveAsync("job")).Should().BeFalse();
        layer.Log.Should().ContainSingle(line => line.Contains("remove a job's state", StringComparison.Ordinal), "one that is not there is no fault");
    }

    [Fact]
    public async Task Cache_removed_under_a_running_upload_costs_only_what_was_in_it()
    {
        await using var layer = new UploadLayer();
        var tree = layer.Tree("tree", ("a", "a"), ("b", "b"));
        await using (var session = await layer.Store.OpenAsync(new UploadRequest("job", tree)))
        {
            await session.For(Target).RecordFileAsync(session.Files[0], "cid-a");
            Directory.Delete(layer.Current.Root, recursive: true);
            await session.For(Target).RecordFileAsync(session.Files[1], "cid-b");
            session.For(Target).TryGetCid(session.Files[0], out _).Should().BeTrue();
        }

        await using var again = await layer.Store.OpenAsync(new UploadRequest("job", tree));
        again.PreferredTarget.Should().Be(Target);
        UploadSessionTests.Offered(again, Target).Should().Equal("b");
    }

    [Fact]
    public async Task Read_only_file_system_leaves_the_session_in_memory()
    {
        await using var layer = new UploadLayer();
        using var mount = Mount.TryTmpfs(layer.Current.Root, "size=1m,ro", output);
        if (mount is not null)
        {
            await WorksInMemoryAsync(layer);
        }
    }

    [Fact]
    public async Task Full_disk_costs_records_and_never_the_upload_and_what_was_missed_follows_when_there_is_room()
    {
        await using var layer = new UploadLayer();
        using var mount = Mount.TryTmpfs(layer.Current.Root, "size=256k", output);
        if (mount is null)
        {
            return;
        }

        var tree = layer.Tree("tree", [.. Enumerable.Range(0, 50).Select(i => ($"f{i:d2}", $"content {i}"))]);
        var filler = Path.Combine(layer.Current.Root, "filler");
        await using (var session = await layer.Store.OpenAsync(new UploadRequest("job", tree)))
        {
            await session.For(Target).RecordFileAsync(session.Files[0], UploadLayer.CidOf(session.Files[0]));
            Fill(filler);
            foreach (var file in session.Files.Skip(1).Take(48))
            {
                await session.For(Target).RecordFileAsync(file, UploadLayer.CidOf(file));
            }

            UploadSessionTests.Offered(session, Target).Should().HaveCount(49);
            await using (var other = new UploadLayer(layer.Root))
            {
                await using var unseen = await other.Store.OpenAsync(new UploadRequest("other", tree) { Use = CacheUse.NoStore });
                UploadSessionTests.Offered(unseen, Target).Count.Should().BeLessThan(49, "the disk was full");
            }

            File.Delete(filler);
            await session.For(Target).RecordFileAsync(session.Files[49], UploadLayer.CidOf(session.Files[49]));
        }

        layer.Log.Count(line => line.StartsWith("400 ", StringComparison.Ordinal) && line.Contains("record a confirmation", StringComparison.Ordinal)).Should().Be(1, "a fault is reported once");
        await using var again = new UploadLayer(layer.Root);
        await using var later = await again.Store.OpenAsync(new UploadRequest("job", tree));
        UploadSessionTests.Offered(later, Target).Should().HaveCount(50);
    }

    private static void Fill(string path)
    {
        using var file = File.Create(path);
        try
        {
            for (var block = new byte[4096]; ;)
            {
                file.Write(block);
                file.Flush();
            }
        }
        catch (IOException)
        {
            // Full, as it should be.
        }
    }

    private static async Task WorksInMemoryAsync(UploadLayer layer)
    {
        var tree = layer.Tree("tree", ("a", "a"), ("b", "b"));
        var inner = new ScriptedUploader(Target);
        var result = await new ResumingIpfsUploader(inner, layer.Store).UploadAsync(new UploadRequest("job", tree));
        result.Should().BeEquivalentTo(new { RootCid = "bafyroot", FilesSent = 2 });

        await using var session = await layer.Store.OpenAsync(new UploadRequest("job", tree));
        await session.For(Target).RecordFileAsync(session.Files[0], "cid");
        UploadSessionTests.Offered(session, Target).Should().Equal("a");
        layer.Log.Should().Contain(line => line.StartsWith("400 ", StringComparison.Ordinal));
    }

    /// <summary>A small file system of its own. Not where the test may not mount.</summary>
    private sealed class Mount(string path) : IDisposable
    {
        public static Mount? TryTmpfs(string path, string options, Xunit.Abstractions.ITestOutputHelper output)
        {
            Directory.CreateDirectory(path);
            if (Run("mount", "-t", "tmpfs", "-o", options, "tmpfs", path))
            {
                return new Mount(path);
            }

            output.WriteLine("Skipped: mounting a tmpfs is not allowed here.");
            return null;
        }

        public void Dispose() => Run("umount", "-l", path);

        private static bool Run(string command, params string[] arguments)
        {
            try
            {
                using var process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardError = true })!;
                process.StandardError.ReadToEnd();
                process.WaitForExit();
                return process.ExitCode == 0;
            }
            catch (System.ComponentModel.Win32Exception)
            {
                return false;
            }
        }
    }

    /// <summary>A disk that does not say what lies under one name.</summary>
    private sealed class BlindDisk : ForwardingFileSystem
    {
        public string? Hides { get; set; }

        public override FileFacts? Stat(string path) => path == Hides ? throw new IOException("I/O error", 5) : base.Stat(path);
    }
}
