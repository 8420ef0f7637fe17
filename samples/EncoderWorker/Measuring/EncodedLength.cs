using SmartCache;

namespace EncoderWorker.Measuring;

/// <summary>How much of a video one run of the encoder encodes, by its reports. One that goes on in the middle passes by what is there, and says so.</summary>
/// <param name="counters">Of the attempt.</param>
/// <param name="length">Of the video, for each of the profiles that the run makes.</param>
/// <param name="profiles">How many those are.</param>
internal sealed class EncodedLength(AttemptCounters counters, TimeSpan? length, int profiles)
{
    private readonly Lock _gate = new();
    private double _at;

    public void See(StageProgress value)
    {
        if (value.Fraction is not { } fraction)
            return;

        lock (_gate)
        {
            if (value.Phase != "skipping" && fraction > _at)
                counters.EncodedFor((fraction - _at) * profiles * (length ?? default).TotalSeconds);
            _at = fraction;
        }
    }
}
