using SmartCache;

namespace EncoderWorker.Jobs;

/// <summary>One message of the queue that a real worker would read.</summary>
/// <param name="Number">Its number in this run, from 1.</param>
/// <param name="Id">The same in every run over the same source, as an id from a queue would be.</param>
/// <param name="Source">URL of the video.</param>
/// <param name="ContentId">What the URL leads to, where the message says so.</param>
/// <param name="Length">Its bytes, where they are known.</param>
/// <param name="WorkDirectory">The job's files; the worker deletes it after each attempt.</param>
/// <param name="Profiles">The renditions wanted.</param>
internal sealed record EncodeJob(int Number, string Id, string Source, string? ContentId, long? Length, string WorkDirectory, IReadOnlyList<EncodingProfile> Profiles)
{
    /// <summary>How its source is downloaded, by the job and ahead of it: made in one place, because another request would be another key.</summary>
    public DownloadRequest Download => new(Source, Path.Combine(WorkDirectory, "source.mp4")) { ContentId = ContentId, ExpectedLength = Length, JobId = Id };
}
