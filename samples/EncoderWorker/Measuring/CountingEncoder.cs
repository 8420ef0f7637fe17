using SmartCache;

namespace EncoderWorker.Measuring;

/// <summary>Stands right before the real encoder, behind the cache: what comes through here is encoded.</summary>
internal sealed class CountingEncoder(IProfileEncoder inner, WorkLedger ledger) : IProfileEncoder
{
    public ValueTask<EncodeRecipe> DescribeAsync(SourceMedia source, EncodingProfile profile, CancellationToken cancellationToken = default) =>
        inner.DescribeAsync(source, profile, cancellationToken);

    public async Task<EncodedProfile> EncodeAsync(EncodeRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var counters = ledger.For(request.JobId);
        counters.EncodeBegan();
        var encoded = await inner.EncodeAsync(request, progress, cancellationToken);
        counters.Encoded(new DirectoryInfo(encoded.Directory).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length));
        return encoded;
    }
}
