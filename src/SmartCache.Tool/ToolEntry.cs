using System.CommandLine;
using System.CommandLine.Invocation;
using SmartCache.Tool.Commands;
using SmartCache.Tool.Output;

namespace SmartCache.Tool;

/// <summary>The command line. What a process calls, and a test.</summary>
internal static class ToolEntry
{
    public static async Task<int> RunAsync(string[] arguments, ToolHost host, CancellationToken cancellationToken)
    {
        var shared = new SharedOptions(host);
        var root = new RootCommand("Looks into a SmartCache directory, beside live workers; what changes something asks first.");
        shared.AddTo(root);
        root.Subcommands.Add(StatsCommand.Make(shared));
        root.Subcommands.Add(ListCommand.Make(shared));
        root.Subcommands.Add(ShowCommand.Make(shared));
        root.Subcommands.Add(JobsCommand.Make(shared));
        root.Subcommands.Add(JobCommand.Make(shared));
        root.Subcommands.Add(WhyCommand.Make(shared));
        root.Subcommands.Add(RemoveCommand.Make(shared));
        root.Subcommands.Add(ClearCommand.Make(shared));
        root.Subcommands.Add(RejectCommand.Make(shared));
        root.Subcommands.Add(HistoryCommand.Make(shared));
        root.Subcommands.Add(DoctorCommand.Make(shared));
        root.Subcommands.Add(VerifyCommand.Make(shared));
        root.Subcommands.Add(EvictCommand.Make(shared));
        root.Subcommands.Add(AdoptCommand.Make(shared));
        root.Subcommands.Add(ExplainCommand.Make(shared));
        root.Subcommands.Add(ReportCommand.Make(shared));
        root.Subcommands.Add(RemoteCommand.Make(shared));
        var parsed = root.Parse(arguments);
        if (parsed.Action is ParseErrorAction wrong && arguments.Contains("--json"))
        {
            // A script reads JSON on its input, or nothing.
            wrong.ShowHelp = false;
        }

        var code = await parsed.InvokeAsync(new InvocationConfiguration { Output = host.Output, Error = host.Error, EnableDefaultExceptionHandler = false }, cancellationToken).ConfigureAwait(false);

        // 1 would say that something was looked for and found.
        return parsed.Errors.Count > 0 ? ExitCode.CouldNotLook : code;
    }
}
