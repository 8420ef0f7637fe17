using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using SmartCache.Tool.Output;
using SmartCache.Tool.Stats;
using SmartCache.Tool.Views;

namespace SmartCache.Tool.Commands;

/// <summary><c>stats</c>: what is there, and what it was good for.</summary>
internal static class StatsCommand
{
    private const double ShortestWatch = 0.1;

    private static readonly ToolJson _oneLine = new(new JsonSerializerOptions(ToolJson.Default.Options) { WriteIndented = false });

    public static Command Make(SharedOptions shared)
    {
        var watch = new Option<double?>("--watch") { Description = "Looks again every so many seconds (2), until Ctrl+C. With --json a line each.", Arity = ArgumentArity.ZeroOrOne };
        watch.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && !(double.TryParse(result.Tokens[0].Value, CultureInfo.InvariantCulture, out var seconds) && seconds is >= ShortestWatch and <= 86_400))
            {
                result.AddError("--watch takes seconds, from 0.1 to 86400.");
            }
        });
        return shared.Does(new Command("stats", "Use and limits, hit rates, what was saved, what went, and who is at work.") { watch }, async (parsed, run, cancellationToken) =>
        {
            var interval = parsed.GetResult(watch) is null ? (TimeSpan?)null : TimeSpan.FromSeconds(parsed.GetValue(watch) ?? 2);
            while (true)
            {
                var stats = await StatsReader.ReadAsync(run.Open(), run.Cache.AreLimitsKnown, run.Host.Clock.GetUtcNow(), cancellationToken).ConfigureAwait(false);
                if (interval is not { } pause)
                {
                    run.Print(stats, ToolJson.Default.StatsView, page => Show(page, stats));
                    return stats.Unread.Count > 0 ? ExitCode.Found : ExitCode.Done;
                }

                run.Print(stats, _oneLine.StatsView, page =>
                {
                    page.Again(Figures.When(run.Host.Clock.GetUtcNow()));
                    Show(page, stats);
                });
                await run.Host.Output.FlushAsync(cancellationToken).ConfigureAwait(false);
                await Task.Delay(pause, run.Host.Clock, cancellationToken).ConfigureAwait(false);
            }
        });
    }

    private static void Show(Page page, StatsView stats)
    {
        page.Line(stats.Directory);
        var space = stats.Space;
        page.Facts(
            ("Used", $"{Figures.Bytes(space.UsedBytes)}{(space.LimitBytes is { } limit ? $" of {Figures.Bytes(limit)} ({Figures.Percent(space.UsedShare)})" : "")}, {Figures.Bytes(space.ReservedBytes)} reserved"),
            ("Disk", $"{Figures.Bytes(space.AvailableBytes)} free{(space.FloorBytes is { } floor ? $", {Figures.Bytes(floor)} of it to be left" : "")}"),
            ("Limits", space.LimitBytes is null ? "limits are not known: give --settings" : null),
            ("Quarantine", stats.Quarantine.Entries == 0 ? "empty" : $"{stats.Quarantine.Entries} entries, {Figures.Bytes(stats.Quarantine.Bytes)}, the newest of {Figures.When(stats.Quarantine.Newest)}"));
        page.Table(
            ["layer", "entries", "bytes", "workers", "disk free", "oldest entry", "last used"],
            stats.Layers.Select(static layer => layer.Failure is not null ? new[] { layer.Layer, "not readable", "-", "-", "-", "-", "-" } : layer.IsPresent
                ? new[]
                {
                    layer.Layer, Figures.Count(layer.Entries), Figures.Bytes(layer.Bytes), Figures.Count(layer.Workers), Figures.Bytes(layer.AvailableBytes),
                    layer.OldestEntry is { } oldest ? EntryKey.Short(oldest) : "-", Figures.When(layer.OldestUse),
                }
                : [layer.Layer, "not there", "-", "-", "-", "-", "-"]));
        ShowRemote(page, stats.Remote);
        foreach (var unread in stats.Unread)
        {
            page.Line($"Not looked at: {unread}");
        }

        ShowHistory(page, stats);
        ShowLocks(page, stats.Locks, stats.AreLocksKnown);
        var (command, purpose) = stats.MissReasons.Count > 0 ? ("smartcache jobs", "then smartcache why JOB says what was missed") : ("smartcache doctor", "looks for faults of the place");
        page.Hint(command, purpose);
    }

    private static void ShowRemote(Page page, RemoteTierView? remote)
    {
        if (remote is null)
        {
            return;
        }

        page.Heading($"Shared with the pool: {remote.Mode?.ToString() ?? "mode not known, give --settings"}");
        page.Facts(
            ("Reads", RemoteTexts.Rest(remote.ReadsRest, "jobs ask the store")),
            ("Writes", RemoteTexts.Rest(remote.WritesRest, "entries are sent")),
            ("Taken", $"{Figures.Count(remote.SourceHits)} sources, {Figures.Count(remote.ProfileHits)} profiles, {Figures.Bytes(remote.FetchedBytes)}; {Figures.Seconds(remote.SavedSeconds)} of work"),
            ("Given", $"{Figures.Count(remote.SentEntries)} entries, {Figures.Bytes(remote.SentBytes)}{(remote.DroppedEntries > 0 ? $"; {Figures.Count(remote.DroppedEntries)} more were given up" : "")}"),
            ("Owed", RemoteTexts.Owed(remote.OwedEntries, remote.OwedBytes, remote.OldestOwedSeconds)));
    }

    private static void ShowHistory(Page page, StatsView stats)
    {
        if (stats.History.Events == 0)
        {
            page.Line("No history is kept here (Cache:History), so that nothing is known of requests.");
            return;
        }

        page.Heading($"From {Figures.When(stats.History.From)} to {Figures.When(stats.History.To)}: {stats.History.Events} events, {stats.History.Faults} faults");
        page.Table(
            ["requests", "all", "hits", "joined", "ahead", "misses", "bypassed", "hit rate", "saved", "bytes saved"],
            stats.Requests.SelectMany(static layer => new[] { Row(layer.Layer, layer.All), Row(layer.Layer + ", retries", layer.Retries) }));
        if (stats.MissReasons.Count > 0)
        {
            page.Table(
                ["not served", "reason", "requests", "meaning"],
                stats.MissReasons.Select(static miss => new[] { miss.Layer, miss.Reason.ToString(), Figures.Count(miss.Requests), miss.Meaning }));
        }

        if (stats.Evictions.Count + stats.Regrets.Count > 0)
        {
            page.Table(
                ["layer", "what", "limit", "entries", "bytes", "work"],
                stats.Evictions.Select(static gone => Row("went", gone)).Concat(stats.Regrets.Select(static gone => Row("made again", gone))));
        }
    }

    private static void ShowLocks(Page page, IReadOnlyList<LocksView> locks, bool areKnown)
    {
        if (!areKnown)
        {
            page.Line(OperatingSystem.IsLinux() ? "Not all locks can be looked at: run it as the worker's user." : "Locks cannot be looked at on this system.");
        }
        else if (locks.Count == 0)
        {
            page.Line("No lock is held: no worker is there.");
        }

        if (locks.Count == 0)
        {
            return;
        }

        page.Heading("Locks held");
        page.Table(
            ["kind", "held", "since", "processes"],
            locks.Select(static held => new[] { held.Kind.ToString(), Figures.Count(held.Count), Figures.When(held.Since), held.ProcessIds.Count == 0 ? "-" : string.Join(", ", held.ProcessIds) }));
    }

    private static string[] Row(string name, RequestFiguresView figures) =>
    [
        name, Figures.Count(figures.Requests), Figures.Count(figures.Hits), Figures.Count(figures.Joined), Figures.Count(figures.Prefetched), Figures.Count(figures.Misses), Figures.Count(figures.Bypassed),
        Figures.Percent(figures.HitRate), Figures.Seconds(figures.SavedSeconds), Figures.Bytes(figures.SavedBytes),
    ];

    private static string[] Row(string what, GoneView gone) =>
        [gone.Layer, what, gone.Limit, Figures.Count(gone.Entries), Figures.Bytes(gone.Bytes), Figures.Seconds(gone.CostSeconds)];
}
