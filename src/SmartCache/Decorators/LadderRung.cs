using SmartCache.Abstractions;
using SmartCache.Diagnostics;
using SmartCache.Layers;

namespace SmartCache;

/// <summary>One profile of a <see cref="Ladder"/>, whose key this flow produces.</summary>
/// <param name="index">Which of the requests.</param>
/// <param name="encode">Its way past the layer.</param>
/// <param name="production">The right to make it.</param>
/// <param name="unavailable">Why the layer cannot be used, so that nothing is stored.</param>
internal sealed class LadderRung(int index, KeyedEncode encode, Production production, Reason? unavailable)
{
    private readonly IProgress<StageProgress> _life = production.Observe(null);
    private IDisposable? _inside;

    public int Index => index;

    public EncodeRequest Request => encode.Request;

    /// <summary><see langword="null"/> until it is made.</summary>
    public EncodedProfile? Result { get; private set; }

    private CacheOutcome Outcome => unavailable is null ? CacheOutcome.Miss : CacheOutcome.Bypass;

    /// <summary>Right before the run.</summary>
    /// <param name="together">How many it makes.</param>
    public void Begin(int together)
    {
        encode.Begin(production, together);
        _inside = encode.Report.Inside();
    }

    /// <summary>Shows those who wait for this profile that it is at work. A save that hangs must not look alive because the other profiles go on.</summary>
    public void ShowLife(StageProgress value)
    {
        if (Result is null)
        {
            _life.Report(value);
        }
    }

    /// <summary>Takes in what was made.</summary>
    /// <param name="encoded">The result.</param>
    /// <param name="together">How many the run makes. Each has its part of the wall time for its cost: the sum is then what the run took, and no profile is held for dearer than it is.</param>
    /// <param name="cancellationToken">Whether the encode was cancelled.</param>
    public async Task FinishAsync(EncodedProfile encoded, int together, CancellationToken cancellationToken)
    {
        Subject.Current = Subject.Of(Request, encode.Key.Name);
        End();
        encode.Report.Reason = unavailable ?? encode.Report.Reason;
        encode.NoteMade(Outcome);
        if (unavailable is not null)
        {
            encode.Report.Finish(CacheOutcome.Bypass);
            Result = encoded;
        }
        else
        {
            Result = await encode.FinishAsync(encoded, production, encode.Report.Inner / together, cancellationToken).ConfigureAwait(false);
        }

        // What was not fit to be stored is not held until the others are done.
        await encode.ReleaseAsync(production).ConfigureAwait(false);
    }

    /// <summary>The worker's encoder does not work on it any more.</summary>
    public void End() => Interlocked.Exchange(ref _inside, null)?.Dispose();

    /// <summary>The run was called off, and nobody makes it in its place.</summary>
    public void Cancelled()
    {
        if (Result is null)
        {
            encode.NoteMade(Outcome);
        }
    }

    /// <summary>The run failed; what it failed with may say that the disk is full.</summary>
    public void Failed(Exception exception) => encode.Failed(exception);
}
