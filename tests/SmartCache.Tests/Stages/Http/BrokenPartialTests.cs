using System.Runtime.InteropServices;
using System.Security.Cryptography;
using SmartCache.Stages;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Stages.Http;

/// <summary>A partial that the disk does not give back, and a whole file that cannot be put in its place.</summary>
public sealed partial class BrokenPartialTests : IDisposable
{
    private static readonly byte[] s_video = Scripts.Video(200_000);

    private readonly DownloadBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task Partial_whose_first_bytes_cannot_be_read_costs_nothing_but_the_resume()
    {
        await using var server = new ScriptedServer(
            Scripts.Honest(s_video, limit: 150_000),
            exchange =>
            {
                BreakOpenPartial();
                return Scripts.Honest(s_video)(exchange);
            },
            Scripts.Honest(s_video));
        var first = () => _bench.Downloader(attempts: 1).DownloadAsync(_bench.ResumableRequest(server.Url));
        await first.Should().ThrowAsync<HttpDownloadException>();

        await _bench.Downloader(attempts: 1).DownloadAsync(_bench.ResumableRequest(server.Url)).Guarded();

        _bench.Result().Should().Equal(s_video);
        server.Exchanges.Select(static exchange => exchange.Offset).Should().Equal(null, 150_000, null);
        _bench.Log.Lines.Should().Contain(static line => line.StartsWith("2103", StringComparison.Ordinal));
        _bench.CacheEntries.Should().BeEmpty();
    }

    [Fact]
    public async Task What_a_listener_throws_is_no_fault_of_the_disk()
    {
        await using var server = new ScriptedServer(Scripts.Honest(s_video));
        var download = () => _bench.Downloader(attempts: 1).DownloadAsync(_bench.ResumableRequest(server.Url), new ThrowingProgress());

        (await download.Should().ThrowAsync<IOException>()).Which.Message.Should().Be("the progress bar is gone");

        server.Exchanges.Should().ContainSingle("nothing begins anew for it");
        _bench.Log.Lines.Should().NotContain(static line => line.StartsWith("2103", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Whole_partial_that_cannot_be_hashed_costs_nothing_but_the_resume()
    {
        await using var server = new ScriptedServer(Scripts.Honest(s_video));
        var request = _bench.ResumableRequest(server.Url) with { ContentId = "sha256:" + Convert.ToHexStringLower(SHA256.HashData(s_video)) };
        var breaks = true;
        var progress = new ProgressList
        {
            OnReport = report =>
            {
                if (breaks && report.Bytes == s_video.Length)
                {
                    breaks = false;
                    BreakOpenPartial();
                }
            },
        };

        await _bench.Downloader(attempts: 1).DownloadAsync(request, progress).Guarded();

        _bench.Result().Should().Equal(s_video);
        server.Exchanges.Should().HaveCount(2);
        _bench.CacheEntries.Should().BeEmpty();
    }

    [TmpfsFact]
    public async Task Whole_partial_that_cannot_be_copied_to_the_destinations_file_system_costs_nothing_but_the_resume()
    {
        using var mount = new TmpfsMount(_bench.Scratch["cache"], "2m");
        await using var server = new ScriptedServer(Scripts.Honest(s_video));
        var breaks = true;
        var progress = new ProgressList
        {
            OnReport = report =>
            {
                if (breaks && report.Bytes == s_video.Length && OpenPartial() is { } open)
                {
                    breaks = false;
                    File.Delete(open.Path);
                    File.CreateSymbolicLink(open.Path, "/proc/self/mem");
                }
            },
        };

        await _bench.Downloader(attempts: 1).DownloadAsync(_bench.ResumableRequest(server.Url), progress).Guarded();

        _bench.Result().Should().Equal(s_video);
        server.Exchanges.Should().HaveCount(2);
        _bench.CacheEntries.Should().BeEmpty();
    }

    [Fact]
    public async Task Whole_file_that_cannot_be_put_in_its_place_says_why_and_is_kept_for_the_next_attempt()
    {
        await using var server = new ScriptedServer(
            exchange =>
            {
                Directory.Delete(_bench.Scratch["out"]);
                return Scripts.Honest(s_video)(exchange);
            },
            Scripts.Honest(s_video));
        var first = () => _bench.Downloader(attempts: 1).DownloadAsync(_bench.ResumableRequest(server.Url));
        (await first.Should().ThrowAsync<IOException>()).Which.Should().Match(static fault => fault is DirectoryNotFoundException || fault is FileNotFoundException);
        _bench.CacheEntries.Should().Equal("partial", "partial.json");

        await _bench.Downloader(attempts: 1).DownloadAsync(_bench.ResumableRequest(server.Url));

        _bench.Result().Should().Equal(s_video);
        server.BodyBytes.Should().Be(s_video.Length + 1, "the last byte confirms what is whole already");
        _bench.CacheEntries.Should().BeEmpty();
        _bench.Scratch.Entries("out").Should().Equal("video.mp4");
    }

    [Fact]
    public async Task Whole_file_whose_name_is_taken_by_a_directory_is_kept_for_the_next_attempt()
    {
        await using var server = new ScriptedServer(Scripts.Honest(s_video));
        Directory.CreateDirectory(Path.Combine(_bench.Destination, "in the way"));
        var first = () => _bench.Downloader(attempts: 1).DownloadAsync(_bench.ResumableRequest(server.Url));
        await first.Should().ThrowAsync<Exception>().Where(static fault => fault is IOException || fault is UnauthorizedAccessException);
        _bench.CacheEntries.Should().Equal("partial", "partial.json");
        Directory.Delete(_bench.Destination, recursive: true);

        await _bench.Downloader(attempts: 1).DownloadAsync(_bench.ResumableRequest(server.Url));

        _bench.Result().Should().Equal(s_video);
        server.BodyBytes.Should().Be(s_video.Length + 1);
        _bench.Scratch.Entries("out").Should().Equal("video.mp4");
    }

    private (int Number, string Path)? OpenPartial()
    {
        foreach (var descriptor in Directory.EnumerateFileSystemEntries("/proc/self/fd"))
        {
            if (new FileInfo(descriptor).LinkTarget is { } target && target.StartsWith(_bench.PartialPath, StringComparison.Ordinal))
            {
                return (int.Parse(Path.GetFileName(descriptor), System.Globalization.CultureInfo.InvariantCulture), target);
            }
        }

        return null;
    }

    // Address 0 of a process is never mapped: reading it there is a real EIO.
    private void BreakOpenPartial()
    {
        using var unreadable = File.OpenHandle("/proc/self/mem");
        _ = dup2((int)unreadable.DangerousGetHandle(), OpenPartial()!.Value.Number);
    }

    [LibraryImport("libc")]
    private static partial int dup2(int from, int to);
}
