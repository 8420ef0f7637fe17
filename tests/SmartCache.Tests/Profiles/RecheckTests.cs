using Microsoft.Win32.SafeHandles;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Profiles;

/// <summary>The profiles of a job whose upload failed are read again.</summary>
public sealed class RecheckTests
{
    [Fact]
    public async Task Profile_is_read_in_full_although_nobody_could_note_that_it_is_doubted()
    {
        var disk = new NothingNewInProfiles();
        await using var cache = new TestCache(fileSystem: disk);
        var job = new TestJob(cache, new FakeDownloader([]));
        var source = await TestJob.SourceAsync(cache);
        var encoded = await job.EncodeAsync(source);
        Spoil.Silently(cache.Entries("profiles").Single());
        disk.IsTired = true;

        await new ResumingIpfsUploader(new FailingUploader(), cache.Manager)
            .Awaiting(it => it.UploadAsync(new UploadRequest("job-1", encoded.Directory) { Profiles = [encoded] })).Should().ThrowAsync<IOException>();
        await cache.Manager.FlushAsync();

        cache.Log.Of(410).Should().ContainSingle(cache.Log.ToString());
        cache.Entries("profiles").Should().BeEmpty();
    }

    private sealed class NothingNewInProfiles : ForwardingFileSystem
    {
        public bool IsTired { get; set; }

        public override SafeFileHandle CreateNew(string path, UnixFileMode? mode) =>
            IsTired && path.Contains("/profiles/", StringComparison.Ordinal) ? throw new IOException("the disk is tired") : base.CreateNew(path, mode);
    }

    private sealed class FailingUploader : IIpfsUploader
    {
        private const int Eio = 5;

        public Task<UploadResult> UploadAsync(UploadRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default) =>
            throw new IOException("a file could not be sent", Eio);
    }
}
