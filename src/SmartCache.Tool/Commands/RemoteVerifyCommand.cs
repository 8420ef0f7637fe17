using System.CommandLine;
using System.Globalization;
using SmartCache.Tool.Output;
using SmartCache.Tool.Views;

namespace SmartCache.Tool.Commands;

/// <summary><c>remote verify</c>: reads what lies in the bucket, and deletes what is wrong there once somebody said so.</summary>
internal static class RemoteVerifyCommand
{
    public static Command Make(SharedOptions shared)
    {
        var sample = new Option<int?>("--sample") { Description = "So many entries, chosen by chance. Default: all." };
        sample.Validators.Add(static result =>
        {
            if (result.Tokens.Count > 0 && !(int.TryParse(result.Tokens[0].Value, CultureInfo.InvariantCulture, out var count) && count > 0))
            {
                result.AddError("--sample takes a number from 1.");
            }
        });
        var yes = new Option<bool>("--yes") { Description = "Deletes what is wrong without asking." };
        return RemoteCommand.Does(shared, new Command("verify", "Reads entries in the bucket to their end, and deletes what is proven wrong when asked to.") { sample, yes }, async (parsed, run, remote, _, cancellationToken) =>
        {
            var found = await ReadAsync(run, remote, parsed.GetValue(sample), cancellationToken).ConfigureAwait(false);
            var view = RemoteVerifyView.Of(found, await DeletedAsync(run, remote, found.Wrong, parsed.GetValue(yes), cancellationToken).ConfigureAwait(false));
            run.Print(view, ToolJson.Default.RemoteVerifyView, page => Show(page, view));
            return view.Wrong.Count + view.Unread > 0 ? ExitCode.Found : ExitCode.Done;
        });
    }

    private static async Task<RemoteVerification> ReadAsync(ToolRun run, ICacheRemote remote, int? sample, CancellationToken cancellationToken)
    {
        var (line, read) = (new ProgressLine(run.Host, !run.IsJson), 0L);
        var progress = new ReadBytes(bytes =>
        {
            read += bytes;
            line.Say(() => $"{Figures.Bytes(read)} read");
        });
        var found = await remote.VerifyAsync(sample: sample, progress: progress, cancellationToken: cancellationToken).ConfigureAwait(false);
        line.End();
        return found;
    }

    /// <returns>How many were deleted: they are read again for it, so that one that was mended meanwhile stays.</returns>
    private static async Task<int> DeletedAsync(ToolRun run, ICacheRemote remote, IReadOnlyList<WrongRemoteEntry> wrong, bool yes, CancellationToken cancellationToken)
    {
        if (wrong.Count == 0 || !Agreement.IsGiven(run, yes, $"Delete {wrong.Count} entries that are wrong in the bucket ({Names(wrong)})?"))
        {
            return 0;
        }

        var names = wrong.Select(static one => (one.Entry.Kind, one.Entry.Name)).ToHashSet();
        var again = await remote.VerifyAsync(deletesWrong: true, predicate: entry => names.Contains((entry.Kind, entry.Name)), cancellationToken: cancellationToken).ConfigureAwait(false);
        return again.Deleted;
    }

    private static string Names(IReadOnlyList<WrongRemoteEntry> wrong) => string.Join(", ", wrong.Take(10).Select(static one => $"{EntryKey.Short(one.Entry.Name)}: {one.Reason}"));

    private static void Show(Page page, RemoteVerifyView view)
    {
        page.Line($"{view.Whole} of {view.Listed} entries are whole, {Figures.Bytes(view.Bytes)} read; {view.Skipped} skipped, {view.Unread} could not be read.");
        foreach (var wrong in view.Wrong)
        {
            page.Line("Wrong: " + wrong);
        }

        page.Facts(("Deleted", view.Wrong.Count > 0 ? $"{view.Deleted} of {view.Wrong.Count}" : null));
        if (view.Deleted < view.Wrong.Count)
        {
            page.Hint("smartcache remote verify --yes", "deletes what is wrong, where Cache:Remote:Mode allows to write");
        }
    }
}
