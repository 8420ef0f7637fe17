using SmartCache;

namespace EncoderWorker.Measuring;

/// <summary>Stands right before the real encoder, behind the cache: what comes through here is encoded.</summary>
internal sealed class CountingEncoder(ILadderEncoder inner, WorkLedger ledger) : ILadderEncoder
{
    public ValueTask<EncodeRecipe> DescribeAsync(SourceMedia source, EncodingProfile profile, CancellationToken cancellationToken = default) =>
        inner.DescribeAsync(source, profile, cancellationToken);

    public async Task<EncodedProfile> EncodeAsync(EncodeRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var counters = ledger.For(request.JobId);
        counters.EncodeBegan(profiles: 1);
        var encoded = await inner.EncodeAsync(request, Watch(counters, progress, request, profiles: 1), cancellationToken);
        Count(counters, encoded);
        return encoded;
    }

    public ValueTask<IReadOnlyList<IReadOnlyList<EncodeRequest>>> GroupAsync(IReadOnlyList<EncodeRequest> requests, CancellationToken cancellationToken = default) =>
        inner.GroupAsync(requests, cancellationToken);

    public Task<IReadOnlyList<EncodedProfile>> EncodeTogetherAsync(
        IReadOnlyList<EncodeRequest> requests,
        Func<EncodeRequest, EncodedProfile, Task>? finished = null,
        IProgress<StageProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        var counters = ledger.For(requests[0].JobId);
        counters.EncodeBegan(requests.Count);
        return inner.EncodeTogetherAsync(
            requests,
            (request, encoded) =>
            {
                Count(counters, encoded);
                return finished?.Invoke(request, encoded) ?? Task.CompletedTask;
            },
            Watch(counters, progress, requests[0], requests.Count),
            cancellationToken);
    }

    private static ProgressTap Watch(AttemptCounters counters, IProgress<StageProgress>? progress, EncodeRequest request, int profiles) =>
        new(progress, new EncodedLength(counters, request.Source.Media?.Duration, profiles).See);

    private static void Count(AttemptCounters counters, EncodedProfile encoded) =>
        counters.Encoded(new DirectoryInfo(encoded.Directory).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length));
}
