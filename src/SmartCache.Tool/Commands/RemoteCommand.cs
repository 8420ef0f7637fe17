using System.CommandLine;
using System.Globalization;
using SmartCache.Tool.Output;
using SmartCache.Tool.Removal;
using SmartCache.Tool.Views;

namespace SmartCache.Tool.Commands;

/// <summary><c>remote</c>: the bucket that a pool of hosts shares.</summary>
internal static class RemoteCommand
{
    public static Command Make(SharedOptions shared) => new("remote", "The bucket that a pool of hosts shares: what is in it, whether it works, and what is done with it by hand.")
    {
        Status(shared), RemoteDoctorCommand.Make(shared), List(shared), Push(shared), Warm(shared), RemoteVerifyCommand.Make(shared), Remove(shared),
    };

    private static Command Status(SharedOptions shared) => Does(shared, new Command("status", "How the tier is used on this host, and what waits to be sent. Asks the store nothing."), async (_, run, remote, _, cancellationToken) =>
    {
        var view = RemoteStatusView.Of(run.Cache.Directory, run.RemoteMode, await remote.GetStatusAsync(cancellationToken).ConfigureAwait(false));
        run.Print(view, ToolJson.Default.RemoteStatusView, page =>
        {
            page.Line($"{view.Store}, below {view.Prefix}");
            page.Facts(
                ("Mode", view.Mode.ToString()),
                ("Reads", RemoteTexts.Rest(view.ReadsRest, "jobs ask the store")),
                ("Writes", RemoteTexts.Rest(view.WritesRest, "entries are sent")),
                ("Conditions", view.KeepsConditions switch { true => "kept: one host at a time does a work", false => $"not kept ({view.BrokenCondition}): hosts may do the same work at the same time", _ => "not tried within a day" }),
                ("Owed", RemoteTexts.Owed(view.OwedEntries, view.OwedBytes, view.OldestOwedSeconds)));
            page.Hint("smartcache remote doctor", "asks the store, and says what is wrong with it");
        });
        return view.ReadsRest is null && view.WritesRest is null ? ExitCode.Done : ExitCode.Found;
    });

    private static Command List(SharedOptions shared) => Does(shared, new Command("ls", "The entries in the bucket, the newest first."), async (_, run, remote, _, cancellationToken) =>
    {
        var entries = new List<RemoteEntryView>();
        await foreach (var entry in remote.ReadEntriesAsync(cancellationToken).ConfigureAwait(false))
        {
            entries.Add(RemoteEntryView.Of(entry));
        }

        IReadOnlyList<RemoteEntryView> view = [.. entries.OrderByDescending(static entry => entry.Modified)];
        run.Print(view, ToolJson.Default.IReadOnlyListRemoteEntryView, page =>
        {
            page.Table(["key", "layer", "bytes", "stored or renewed"], view.Select(static entry => new[] { EntryKey.Short(entry.Key), entry.Layer, Figures.Bytes(entry.Bytes), Figures.When(entry.Modified) }));
            page.Line($"{view.Count} entries, {Figures.Bytes(view.Sum(static entry => entry.Bytes))}");
        });
        return ExitCode.Done;
    });

    private static Command Push(SharedOptions shared) => Does(shared, new Command("push", "Sends what is here and not there."), async (_, run, remote, faults, cancellationToken) =>
    {
        var push = await remote.PushAsync(cancellationToken).ConfigureAwait(false);
        var view = new RemotePushView(push.There, push.Sent, push.SentBytes, push.Withheld, push.Owed, faults.Faults);
        run.Print(view, ToolJson.Default.RemotePushView, page =>
        {
            page.Line($"{view.Sent} entries sent, {Figures.Bytes(view.SentBytes)}; {view.There} were there, {view.Withheld} may not be sent or could not be noted, {view.Owed} wait.");
            Show(page, view.Faults);
        });
        return view.Owed + view.Faults.Count > 0 ? ExitCode.Found : ExitCode.Done;
    });

    private static Command Warm(SharedOptions shared)
    {
        var newest = new Option<string?>("--newest") { Description = "So much at most, such as 20GB. Default: what has room." };
        var source = new Option<string?>("--source") { Description = "Only this source and its profiles: its content hash, or how it begins." };
        return Does(shared, new Command("warm", "Fetches what other hosts have stored, the newest first, into free space.") { newest, source }, async (parsed, run, remote, faults, cancellationToken) =>
        {
            if (!run.Cache.AreLimitsKnown)
            {
                throw new ToolException("The limits of this cache are not known, so neither is what room it has: give --settings or --unit.", ExitCode.CouldNotLook);
            }

            var budget = parsed.GetValue(newest) is { } size ? Size(size) : (long?)null;
            var begins = parsed.GetValue(source) is { } hash ? Beginning(hash) : "";
            var warmed = await remote.WarmAsync(budget, entry => entry.Name.StartsWith(begins, StringComparison.Ordinal), cancellationToken).ConfigureAwait(false);
            var view = new RemoteWarmView(warmed.Entries, warmed.Bytes, warmed.Here, warmed.Skipped, warmed.OverBudget, warmed.Ended, faults.Faults);
            run.Print(view, ToolJson.Default.RemoteWarmView, page =>
            {
                page.Line($"{view.Entries} entries fetched, {Figures.Bytes(view.Bytes)}; {view.Here} were here, {view.Skipped} were not fetched, {view.OverBudget} are more than the budget.");
                page.Facts(("Ended early", view.Ended));
                Show(page, view.Faults);
            });
            return view.Ended is null ? ExitCode.Done : ExitCode.Found;
        });
    }

    private static Command Remove(SharedOptions shared)
    {
        var source = new Option<string>("--source") { Description = "The source's content hash, 64 digits.", Required = true };
        var yes = new Option<bool>("--yes") { Description = "Deletes without asking." };
        return Does(shared, new Command("rm", "Deletes a source and its profiles in the bucket. What hosts have of it stays there: smartcache rm.") { source, yes }, async (parsed, run, remote, _, cancellationToken) =>
        {
            var hash = parsed.GetValue(source)!;
            var name = hash.Length == 64 ? Beginning(hash) : throw new ToolException("--source takes the whole content hash, 64 digits: smartcache show has it.", ExitCode.CouldNotLook);
            var (entries, bytes) = (0, 0L);
            await foreach (var entry in remote.ReadEntriesAsync(cancellationToken).ConfigureAwait(false))
            {
                if (entry.Name.StartsWith(name, StringComparison.Ordinal))
                {
                    (entries, bytes) = (entries + 1, bytes + entry.Bytes);
                }
            }

            Confirmation.Require(run.Host, parsed.GetValue(yes), $"Delete {entries} entries of {EntryKey.Short(name)} in the bucket, {Figures.Bytes(bytes)}?");
            var view = new RemoteRemovalView(hash, entries, bytes, await remote.RemoveSourceAsync(hash, cancellationToken).ConfigureAwait(false));
            run.Print(view, ToolJson.Default.RemoteRemovalView, page => page.Line(view.IsGone
                ? $"{view.Entries} entries deleted, {Figures.Bytes(view.Bytes)}. A host that has them sends them again only when it makes them anew, or with remote push."
                : "The store does not answer. It is noted, and done when it does."));
            return view.IsGone ? ExitCode.Done : ExitCode.Found;
        });
    }

    /// <summary>A subcommand that needs the store and the cache.</summary>
    public static Command Does(SharedOptions shared, Command command, Func<ParseResult, ToolRun, ICacheRemote, FaultList, CancellationToken, Task<int>> work) => shared.Does(command, async (parsed, run, cancellationToken) =>
    {
        using var faults = new FaultList();
        var store = run.OpenStore();
        using var closing = store as IDisposable;
        var manager = run.OpenRemote(faults, store);
        await using (manager.ConfigureAwait(false))
        {
            return await work(parsed, run, manager.Remote, faults, cancellationToken).ConfigureAwait(false);
        }
    });

    private static void Show(Page page, IReadOnlyList<string> lines)
    {
        foreach (var line in lines)
        {
            page.Line(line);
        }
    }

    // Names of entries have 32 digits of the hash.
    private static string Beginning(string hash) => hash.Length is > 0 and <= 64 && hash.All(char.IsAsciiHexDigitLower)
        ? hash[..Math.Min(hash.Length, 32)]
        : throw new ToolException("--source takes hexadecimal digits: the source's content hash.", ExitCode.CouldNotLook);

    private static long Size(string text)
    {
        var digits = text.TrimEnd('B', 'b', 'k', 'K', 'M', 'G', 'T');
        var factor = text[digits.Length..].ToUpperInvariant() switch { "" or "B" => 1L, "KB" => 1_000L, "MB" => 1_000_000L, "GB" => 1_000_000_000L, "TB" => 1_000_000_000_000L, _ => 0L };
        return factor > 0 && long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count <= long.MaxValue / factor
            ? count * factor
            : throw new ToolException("--newest takes a size such as 20GB.", ExitCode.CouldNotLook);
    }
}
