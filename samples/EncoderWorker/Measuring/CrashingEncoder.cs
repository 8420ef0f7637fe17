using SmartCache;

namespace EncoderWorker.Measuring;

/// <summary>Behind the cache, so that it sees what is encoded: says once that a percentage of all profiles is done.</summary>
internal sealed class CrashingEncoder(ILadderEncoder inner, double percent, int profiles, Action crash) : ILadderEncoder
{
    private readonly Lock _gate = new();
    private int _finished;
    private bool _isOver;

    public ValueTask<EncodeRecipe> DescribeAsync(SourceMedia source, EncodingProfile profile, CancellationToken cancellationToken = default) =>
        inner.DescribeAsync(source, profile, cancellationToken);

    public ValueTask<IReadOnlyList<IReadOnlyList<EncodeRequest>>> GroupAsync(IReadOnlyList<EncodeRequest> requests, CancellationToken cancellationToken = default) =>
        inner.GroupAsync(requests, cancellationToken);

    public async Task<EncodedProfile> EncodeAsync(EncodeRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var encoded = await inner.EncodeAsync(request, Watch(progress, 1), cancellationToken);
        Interlocked.Increment(ref _finished);
        return encoded;
    }

    public async Task<IReadOnlyList<EncodedProfile>> EncodeTogetherAsync(
        IReadOnlyList<EncodeRequest> requests,
        Func<EncodeRequest, EncodedProfile, Task>? finished = null,
        IProgress<StageProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        var encoded = await inner.EncodeTogetherAsync(requests, finished, Watch(progress, requests.Count), cancellationToken);
        Interlocked.Add(ref _finished, encoded.Count);
        return encoded;
    }

    private ProgressTap Watch(IProgress<StageProgress>? progress, int together) => new(progress, value =>
    {
        if (value.Fraction is not { } fraction || 100 * (Volatile.Read(ref _finished) + (fraction * together)) / profiles < percent)
            return;

        lock (_gate)
        {
            if (_isOver)
                return;
            _isOver = true;
        }

        crash();
    });
}
