using System.CommandLine;
using SmartCache.Tool.Doctor;
using SmartCache.Tool.Output;
using SmartCache.Tool.Removal;
using SmartCache.Tool.Views;

namespace SmartCache.Tool.Commands;

/// <summary><c>remote doctor</c>: asks the store, and says what is wrong with it; writes the rules that it lacks when asked to.</summary>
internal static class RemoteDoctorCommand
{
    private static readonly TimeSpan _uploadAge = TimeSpan.FromDays(1);

    public static Command Make(SharedOptions shared)
    {
        var write = new Option<bool>("--write") { Description = "Writes the rules that the bucket lacks, beside those that it has, and aborts uploads that nobody ended." };
        var yes = new Option<bool>("--yes") { Description = "Writes them without asking." };
        return shared.Does(new Command("doctor", "Looks for faults of the bucket: address, rights, space, clock, conditions, rules for what is old.") { write, yes }, async (parsed, run, cancellationToken) =>
        {
            var findings = new Findings();
            using var faults = new FaultList();
            var store = run.OpenStore();
            using var closing = store as IDisposable;
            var manager = run.OpenRemote(faults, store);
            await using (manager.ConfigureAwait(false))
            {
                var status = await manager.Remote.GetStatusAsync(cancellationToken).ConfigureAwait(false);
                var checks = new StoreChecks(store, status, manager.Remote, findings, run.Host.Clock);
                await checks.LookAsync(cancellationToken).ConfigureAwait(false);
                var view = new RemoteDoctorView(store.Description, findings.All, false, 0);
                if (parsed.GetValue(write) && store is IObjectStoreRules rules)
                {
                    Confirmation.Require(
                        run.Host, parsed.GetValue(yes), $"Have {store.Description} delete what lies unused below {status.Prefix} for {status.MaxAge.TotalDays:0.#} days, and abort uploads that nobody ended within a day?");
                    await rules.WriteRulesAsync(status.Prefix, new ObjectStoreRules { ExpireAfter = status.MaxAge, AbortAfter = _uploadAge }, cancellationToken).ConfigureAwait(false);
                    view = view with { IsWritten = true, AbortedUploads = await rules.AbortUploadsAsync(status.Prefix, _uploadAge, cancellationToken).ConfigureAwait(false) };
                }

                run.Print(view, ToolJson.Default.RemoteDoctorView, page => Show(page, view));
                return view.Findings.Any(finding => !(view.IsWritten && StoreChecks.OfRules.Contains(finding.Code))) ? ExitCode.Found : ExitCode.Done;
            }
        });
    }

    private static void Show(Page page, RemoteDoctorView view)
    {
        page.Line(view.Store);
        foreach (var finding in view.Findings)
        {
            page.Heading(finding.Code);
            page.Facts(("  Where", finding.Path), ("  What", finding.Meaning), ("  To do", finding.WhatToDo));
        }

        page.Line(view.Findings.Count == 0 ? "Nothing found." : $"Findings: {view.Findings.Count}");
        if (view.IsWritten)
        {
            page.Line($"The rules are written, and {view.AbortedUploads} uploads that nobody had ended are aborted.");
        }
    }
}
