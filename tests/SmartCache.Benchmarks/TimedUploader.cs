using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace SmartCache.Benchmarks;

/// <summary>Hands an upload on unchanged and adds up how long it waits for its upload state.</summary>
internal sealed class TimedUploader(IIpfsUploader inner) : IIpfsUploader
{
    private long _recording;
    private long _askingFor;

    /// <summary>When the uploader itself began and ended: what lies around it is opening and completing the session.</summary>
    public long Began { get; private set; }

    public long Ended { get; private set; }

    /// <summary>Sum over all files, also of those that waited at the same time.</summary>
    public TimeSpan Recording => Stopwatch.GetElapsedTime(0, _recording);

    /// <summary>The same of looking whether a file is recorded already.</summary>
    public TimeSpan Asking => Stopwatch.GetElapsedTime(0, _askingFor);

    /// <summary>What was recorded, to be recorded again elsewhere.</summary>
    public System.Collections.Concurrent.ConcurrentQueue<(UploadFile File, string Cid)> Recorded { get; } = new();

    public async Task<UploadResult> UploadAsync(UploadRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        Began = Stopwatch.GetTimestamp();
        try
        {
            return await inner.UploadAsync(request with { Session = new Session(this, request.Session!) }, progress, cancellationToken);
        }
        finally
        {
            Ended = Stopwatch.GetTimestamp();
        }
    }

    private sealed class Session(TimedUploader clock, IUploadSession session) : IUploadSession
    {
        public UploadTarget? PreferredTarget => session.PreferredTarget;

        public IReadOnlyList<UploadFile> Files => session.Files;

        public IReadOnlyList<string> PassedBy => session.PassedBy;

        public IUploadCheckpoint For(UploadTarget target) => new Checkpoint(clock, session.For(target));

        public ValueTask CompleteAsync(UploadResult result, CancellationToken cancellationToken = default) => session.CompleteAsync(result, cancellationToken);

        public ValueTask FailAsync(Exception exception, CancellationToken cancellationToken = default) => session.FailAsync(exception, cancellationToken);

        public ValueTask DisposeAsync() => session.DisposeAsync();
    }

    private sealed class Checkpoint(TimedUploader clock, IUploadCheckpoint checkpoint) : IUploadCheckpoint
    {
        public bool TryGetCid(UploadFile file, [NotNullWhen(true)] out string? cid)
        {
            var began = Stopwatch.GetTimestamp();
            var found = checkpoint.TryGetCid(file, out cid);
            Interlocked.Add(ref clock._askingFor, Stopwatch.GetTimestamp() - began);
            return found;
        }

        public async ValueTask RecordFileAsync(UploadFile file, string cid, CancellationToken cancellationToken = default)
        {
            var began = Stopwatch.GetTimestamp();
            await checkpoint.RecordFileAsync(file, cid, cancellationToken);
            Interlocked.Add(ref clock._recording, Stopwatch.GetTimestamp() - began);
            clock.Recorded.Enqueue((file, cid));
        }

        public ValueTask RecordProfileAsync(EncodedProfile profile, string cid, CancellationToken cancellationToken = default) =>
            checkpoint.RecordProfileAsync(profile, cid, cancellationToken);

        public ValueTask ForgetAsync(UploadFile file, CancellationToken cancellationToken = default) => checkpoint.ForgetAsync(file, cancellationToken);
    }
}
