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
        var encoded = await inner.EncodeAsync(request, progress, cancellationToken);
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
            progress,
            cancellationToken);
    }

    private static void Count(AttemptCounters counters, EncodedProfile encoded) =>
        counters.Encoded(new DirectoryInfo(encoded.Directory).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length));
}
