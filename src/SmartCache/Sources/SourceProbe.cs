using Microsoft.Extensions.Logging;
using SmartCache.Layers;

namespace SmartCache.Sources;

/// <summary>Asks the worker's probe, within a limit: it is the worker's code, and an encode may be waiting for it.</summary>
internal sealed class SourceProbe(ISourceProbe? probe, TimeProvider time, ILogger logger)
{
    private static readonly IReadOnlyDictionary<string, string> Nothing = new Dictionary<string, string>();

    /// <summary>Whether facts of a content are all that can be had: also where they are none, because there is no probe, or it was asked.</summary>
    public bool HasSaid(ContentFacts known) => probe is null || known.IsProbed || known.Facts.Count > 0;

    /// <summary>A content's record with what <see cref="AskAsync"/> gave.</summary>
    public ContentFacts Add(ContentFacts known, IReadOnlyDictionary<string, string> facts) => known with { Facts = facts, IsProbed = probe is not null };

    /// <summary>The facts; <see langword="null"/> where the probe says that this is no usable video, or says nothing in time.</summary>
    public async Task<IReadOnlyDictionary<string, string>?> AskAsync(string path, CancellationToken cancellationToken)
    {
        if (probe is null)
        {
            return Nothing;
        }

        try
        {
            var facts = await WorkerQuestion.AskAsync(token => probe.ProbeAsync(path, token), time, cancellationToken).ConfigureAwait(false);

            // A hit has none either: with one, the first attempt would have another recipe than its retries.
            return ContentFacts.WithoutNulls(facts);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            SourceLog.ProbeRefused(logger, exception.GetType().Name);
            return null;
        }
    }
}
