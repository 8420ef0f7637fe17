using System.Collections.Concurrent;

namespace SmartCache.Tests.Uploads;

/// <summary>An uploader that uses its session as the contract says, and can fail before a given file.</summary>
internal sealed class ScriptedUploader(UploadTarget target) : IIpfsUploader
{
    public ConcurrentBag<string> Sent { get; } = [];

    public int Calls { get; private set; }

    public int? FailAt { get; set; }

    public Exception Failure { get; set; } = new IOException("the node went away");

    public bool ReportsNothing { get; set; }

    public bool IgnoresSession { get; set; }

    public Action? BeforeEach { get; set; }

    public Func<UploadResult, UploadResult> Answer { get; init; } = result => result;

    public async Task<UploadResult> UploadAsync(UploadRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        Calls++;
        if (IgnoresSession)
        {
            return new UploadResult("bafyroot") { Target = target, FilesSent = 7, BytesSent = 77 };
        }

        var session = request.Session!;
        var checkpoint = session.For(session.PreferredTarget ?? target);
        var sent = 0;
        foreach (var file in session.Files)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (checkpoint.TryGetCid(file, out _))
            {
                continue;
            }

            BeforeEach?.Invoke();
            if (FailAt == sent++)
            {
                throw Failure;
            }

            Sent.Add(file.RelativePath);
            (ReportsNothing ? null : progress)?.Report(new StageProgress("upload"));
            await checkpoint.RecordFileAsync(file, UploadLayer.CidOf(file), CancellationToken.None);
        }

        foreach (var profile in request.Profiles)
        {
            await checkpoint.RecordProfileAsync(profile, "bafydir" + profile.Name, cancellationToken);
        }

        return Answer(new UploadResult("bafyroot") { Target = target, Verified = true });
    }
}
