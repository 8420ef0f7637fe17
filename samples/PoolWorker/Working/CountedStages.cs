using SmartCache;

namespace PoolWorker.Working;

/// <summary>Stands right before the real downloader, behind the cache: what comes through here is downloaded.</summary>
internal sealed class CountedDownloader(IVideoDownloader inner) : IVideoDownloader
{
    public async Task<DownloadedVideo> DownloadAsync(DownloadRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var work = InnerWork.Current;
        var video = await work.MeasureAsync(() => inner.DownloadAsync(request, progress, cancellationToken));
        work.Downloaded();
        return video;
    }
}

/// <summary>Stands right before the real encoder. Says when an encode is well under way, so that the demonstration can kill this worker in it.</summary>
internal sealed class CountedEncoder(ILadderEncoder inner) : ILadderEncoder
{
    private const double WellUnderWay = 0.3;

    public ValueTask<EncodeRecipe> DescribeAsync(SourceMedia source, EncodingProfile profile, CancellationToken cancellationToken = default) =>
        inner.DescribeAsync(source, profile, cancellationToken);

    public ValueTask<IReadOnlyList<IReadOnlyList<EncodeRequest>>> GroupAsync(IReadOnlyList<EncodeRequest> requests, CancellationToken cancellationToken = default) =>
        inner.GroupAsync(requests, cancellationToken);

    public async Task<EncodedProfile> EncodeAsync(EncodeRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var work = InnerWork.Current;
        var encoded = await work.MeasureAsync(() => inner.EncodeAsync(request, Watch(request, progress), cancellationToken));
        work.Encoded();
        return encoded;
    }

    public Task<IReadOnlyList<EncodedProfile>> EncodeTogetherAsync(
        IReadOnlyList<EncodeRequest> requests,
        Func<EncodeRequest, EncodedProfile, Task>? finished = null,
        IProgress<StageProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        var work = InnerWork.Current;
        return work.MeasureAsync(() => inner.EncodeTogetherAsync(requests, FinishAsync, Watch(requests[0], progress), cancellationToken));

        Task FinishAsync(EncodeRequest request, EncodedProfile encoded)
        {
            work.Encoded();
            return finished?.Invoke(request, encoded) ?? Task.CompletedTask;
        }
    }

    private static Watched Watch(EncodeRequest request, IProgress<StageProgress>? progress) => new(InnerWork.Current.Job, progress);

    private sealed class Watched(string job, IProgress<StageProgress>? inner) : IProgress<StageProgress>
    {
        private int _told;

        public void Report(StageProgress value)
        {
            if (value.Fraction >= WellUnderWay && Interlocked.Exchange(ref _told, 1) == 0)
                Console.WriteLine($"{InnerWork.UnderWay}{job}");
            inner?.Report(value);
        }
    }
}

/// <summary>Stands right before the uploader.</summary>
internal sealed class TimedUploader(IIpfsUploader inner) : IIpfsUploader
{
    public Task<UploadResult> UploadAsync(UploadRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default) =>
        InnerWork.Current.MeasureAsync(() => inner.UploadAsync(request, progress, cancellationToken));
}
