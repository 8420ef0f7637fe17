using System.Diagnostics;
using System.Text.RegularExpressions;
using SmartCache.Tests.Support;
using SmartCache.Worker;

namespace SmartCache.Tests.Storage;

/// <summary>What a power cut would leave of an entry is told by the system calls of a real publish: everything below its name has reached the disk before it gets that name.</summary>
public sealed partial class PublishFlushTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("smartcache-test-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [MountTheory("strace")]
    [InlineData("download", "sources", false)]
    [InlineData("encode", "profiles", false)]
    [InlineData("download", "sources", true)]
    [InlineData("encode", "profiles", true)]
    [Trait("Found", "S6-flush")]
    public async Task Every_file_and_directory_of_an_entry_is_flushed_before_it_gets_its_name_and_the_name_after(string stage, string layer, bool isCopied)
    {
        using var elsewhere = isCopied ? Mount.Image("ext4", 64, "noatime") : null;
        var work = elsewhere?.Path ?? Path.Combine(_root, "work");
        Directory.CreateDirectory(work);
        var source = Path.Combine(work, "source.mp4");
        await File.WriteAllBytesAsync(source, Bytes.Random(3_000_000));

        var calls = await TraceAsync(stage, Path.Combine(_root, "cache"), work, Path.Combine(work, "log"), source, "1");

        var entry = Directory.GetDirectories(Path.Combine(_root, "cache", layer)).Single(path => File.Exists(Path.Combine(path, "manifest.json")));
        var publish = calls.FindIndex(call => call.Contains($"\"{entry}\"", StringComparison.Ordinal));
        publish.Should().BePositive(string.Join('\n', calls));
        var staging = QuotedPath().Match(calls[publish]).Groups[1].Value;
        var before = calls.Take(publish).Where(static call => call.Contains("fsync(", StringComparison.Ordinal)).ToList();
        foreach (var path in Directory.EnumerateFileSystemEntries(entry, "*", SearchOption.AllDirectories).Append(entry))
        {
            before.Should().Contain(call => call.Contains($"<{path.Replace(entry, staging, StringComparison.Ordinal)}>", StringComparison.Ordinal));
        }

        calls.Skip(publish).Should().Contain(call => call.Contains("fsync(", StringComparison.Ordinal) && call.Contains($"<{Path.GetDirectoryName(entry)}>", StringComparison.Ordinal));
    }

    /// <summary>Runs a worker's verb, and gives its flushes and renames in order.</summary>
    private async Task<List<string>> TraceAsync(params string[] verb)
    {
        var trace = Path.Combine(_root, "trace");
        string[] options = ["-f", "--seccomp-bpf", "-y", "-s", "4096", "-e", "trace=fsync,fdatasync,renameat2", "-o", trace];
        using var worker = Process.Start(new ProcessStartInfo("strace", [.. options, "dotnet", typeof(HoldStorage).Assembly.Location, .. verb])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        worker.StandardInput.Close();
        var said = await worker.StandardOutput.ReadToEndAsync().Guarded();
        await worker.WaitForExitAsync().Guarded();
        said.Should().EndWith("Miss\n");
        return [.. await File.ReadAllLinesAsync(trace)];
    }

    [GeneratedRegex("\"(/[^\"]+)\"")]
    private static partial Regex QuotedPath();
}
