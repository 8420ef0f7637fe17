using EncoderWorker.Measuring;
using EncoderWorker.Reporting;
using SmartCache;

namespace EncoderWorker.Jobs;

/// <summary>
/// One attempt at a job: download, encode the profiles, upload. Nothing in here knows of the cache but the lines that
/// read <c>Outcome</c> for the table: the three stages are the worker's interfaces, and the cache stands behind them.
/// </summary>
internal sealed class Attempt(EncodeJob job, AttemptRecord record, IVideoDownloader downloader, ILadderEncoder encoder, IIpfsUploader uploader, UploadTarget? target, ProgressBoard board, TimeProvider time)
{
    private string Hls => Path.Combine(job.WorkDirectory, "hls");

    private AttemptCounters Work => record.Work;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        // Left by an attempt that was killed.
        DeleteWorkDirectory();
        Directory.CreateDirectory(Hls);
        try
        {
            var video = await DownloadAsync(cancellationToken);
            var encoded = await EncodeAsync(video, cancellationToken);

            // As real workers do, to have the space back: the source is gone before the upload begins.
            File.Delete(video.Path);
            await MasterPlaylist.WriteAsync(Hls, job.Profiles, encoded, cancellationToken);
            await UploadAsync(encoded, cancellationToken);
        }
        finally
        {
            DeleteWorkDirectory();
        }
    }

    private async Task<DownloadedVideo> DownloadAsync(CancellationToken cancellationToken)
    {
        return await StageAsync(
            "download",
            progress => downloader.DownloadAsync(job.Download, progress, cancellationToken),
            video => Word(video.Outcome, "downloaded"),
            () => Work.DownloadedBytes);
    }

    // In one call: what is missing is then encoded in one run, which decodes the video once.
    private async Task<IReadOnlyList<EncodedProfile>> EncodeAsync(DownloadedVideo video, CancellationToken cancellationToken)
    {
        List<EncodeRequest> requests = [.. job.Profiles.Select(profile => new EncodeRequest(video, profile, Path.Combine(Hls, profile.Name)) { JobId = job.Id })];
        return await StageAsync(
            "encode",
            progress => encoder.EncodeTogetherAsync(requests, CountHits, progress, cancellationToken),
            Describe,
            () => Work.EncodedBytes);

        Task CountHits(EncodeRequest request, EncodedProfile encoded)
        {
            if (encoded.Outcome is CacheOutcome.Hit or CacheOutcome.Joined)
                record.EncodeHits++;
            return Task.CompletedTask;
        }
    }

    private async Task UploadAsync(IReadOnlyList<EncodedProfile> encoded, CancellationToken cancellationToken)
    {
        // Where the worker has chosen the target it says so: what another one holds does not help then.
        var request = new UploadRequest(job.Id, Hls) { Profiles = encoded, Target = target };
        var result = await StageAsync(
            "upload",
            progress => uploader.UploadAsync(request, progress, cancellationToken),
            Describe,
            () => Work.UploadedBytes);
        if (result.Outcome is CacheOutcome.Hit)
            Work.SkippedAsAWhole(result.FilesSkipped);
        record.PublishedAs = result.RootCid;
    }

    private async Task<T> StageAsync<T>(string stage, Func<IProgress<StageProgress>, Task<T>> run, Func<T, string> describe, Func<long> bytes)
    {
        using var line = board.Begin($"job {job.Number}, attempt {record.Number}: {stage,-8}");
        var began = time.GetTimestamp();
        try
        {
            var result = await run(line);
            Finish(describe(result));
            return result;
        }
        catch (OperationCanceledException)
        {
            throw;
        }
        catch (Exception exception)
        {
            Finish(stage == "upload" ? $"FAILED, {Work.UploadedFiles} files sent" : "FAILED");
            board.Print($"  {exception.GetType().Name}: {exception.Message}");
            throw;
        }

        void Finish(string outcome)
        {
            var row = new StageRow(stage, outcome, time.GetElapsedTime(began).TotalSeconds, bytes());
            record.Stages.Add(row);
            line.Complete($"{outcome}  {Figures.Seconds(row.Seconds)}  {Figures.Bytes(row.Bytes)}");
        }
    }

    private string Describe(IReadOnlyList<EncodedProfile> encoded) => string.Join(", ", encoded
        .GroupBy(profile => Word(profile.Outcome, Work.EncodeRuns == 1 ? "encoded in 1 run" : $"encoded in {Work.EncodeRuns} runs"))
        .Select(alike => $"{alike.Count()} {alike.Key}"));

    private string Describe(UploadResult result) => result.Outcome is CacheOutcome.Hit
        ? "all was there"
        : $"{Work.UploadedFiles} files sent, {Work.SkippedFiles} were there" + (result.Verified ? "" : " (not verified)");

    private static string Word(CacheOutcome outcome, string work) => outcome switch
    {
        CacheOutcome.Hit => "cached",
        CacheOutcome.Joined => "shared with another job",
        CacheOutcome.Prefetched => "fetched ahead",
        _ => work,
    };

    private void DeleteWorkDirectory()
    {
        if (Directory.Exists(job.WorkDirectory))
            Directory.Delete(job.WorkDirectory, recursive: true);
    }
}
