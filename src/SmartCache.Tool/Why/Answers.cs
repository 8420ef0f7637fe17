using SmartCache.Tool.Views;

namespace SmartCache.Tool.Why;

/// <summary>What became of a key, whether a look-up would hit, and what comes closest where it would not.</summary>
internal sealed class Answers(CacheInspector inspector, Traces traces)
{
    private readonly FateFinder _fates = new(traces);
    private readonly ClosestFinder _closest = new(traces);

    public async Task<WhyView> OfAsync(string name, CancellationToken cancellationToken)
    {
        var why = _fates.Of(name);
        var lookUp = await LookUpAsync(name, why, cancellationToken).ConfigureAwait(false);
        return why with
        {
            LookUp = lookUp is null ? null : WhyLookUpView.Of(lookUp),
            Closest = lookUp is { IsHit: false } && Contents.IsProfile(name) && Contents.IsWhole(name) ? _closest.To(name, why.Profile) : null,
        };
    }

    /// <summary>Each key that a source has, and how they differ; where it has none, what is known of the one that it would have without options and scope.</summary>
    public async Task<WhySourceView> OfSourceAsync(string source, IReadOnlyList<InspectedSourceKey> keys, CancellationToken cancellationToken)
    {
        var answers = new List<WhySourceKeyView>();
        foreach (var key in keys.OrderByDescending(static key => key.FetchedAt))
        {
            var differing = keys.SelectMany(key.DifferingOptions).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);
            answers.Add(WhySourceKeyView.Of(key, [.. differing], await OfAsync(key.Key.Name, cancellationToken).ConfigureAwait(false)));
        }

        var plain = keys.Count == 0 ? await OfAsync(SourceKey.From(new DownloadRequest(source, "")).Name, cancellationToken).ConfigureAwait(false) : null;
        return new WhySourceView(answers, plain);
    }

    /// <summary>Each key of a profile of these sources that is there, was asked for, or was stored.</summary>
    public async Task<WhyProfileView> OfProfileAsync(string profile, IReadOnlyList<string> sources, CancellationToken cancellationToken)
    {
        var names = traces.Events.Where(happened => happened.Profile == profile).Select(static happened => happened.Entry ?? happened.Key).OfType<string>()
            .Concat(traces.Entries.Where(entry => entry.Profile == profile).Select(static entry => entry.Name))
            .Where(name => Contents.IsProfile(name) && sources.Contains(Contents.SourceOf(name)))
            .Distinct(StringComparer.Ordinal);
        return new WhyProfileView(profile, await OfAllAsync(names, cancellationToken).ConfigureAwait(false));
    }

    public async Task<IReadOnlyList<WhyView>> OfAllAsync(IEnumerable<string> names, CancellationToken cancellationToken)
    {
        var answers = new List<WhyView>();
        foreach (var name in names)
        {
            answers.Add(await OfAsync(name, cancellationToken).ConfigureAwait(false));
        }

        return answers;
    }

    private async Task<InspectedLookUp?> LookUpAsync(string name, WhyView why, CancellationToken cancellationToken)
    {
        if (!Contents.IsWhole(name) || why.Fate is Fate.Upload or Fate.Unknown)
        {
            return null;
        }

        if (Contents.IsProfile(name))
        {
            return await inspector.ForeseeEntryAsync(EntryKind.Profile, name, cancellationToken).ConfigureAwait(false);
        }

        // A source is given out by an identity alone. By the name of its entry all that lead there are meant, and the best of them answers: one that hits, else the one that was fetched last.
        InspectedLookUp? best = null;
        foreach (var key in traces.Keys.Where(key => key.Key.Name == name || Contents.NameOf(key.ContentHash) == name).OrderByDescending(static key => key.FetchedAt))
        {
            var one = await inspector.ForeseeSourceAsync(key, cancellationToken).ConfigureAwait(false);
            best ??= one;
            if (one.IsHit)
            {
                return one;
            }
        }

        return best ?? new InspectedLookUp { Reason = CacheReason.NotCached };
    }
}
