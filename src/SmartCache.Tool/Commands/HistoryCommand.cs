using System.CommandLine;
using System.Text.Json;
using SmartCache.Tool.Output;
using SmartCache.Tool.Views;

namespace SmartCache.Tool.Commands;

/// <summary><c>history export</c>: one JSON object a line, with <c>--json</c> and without.</summary>
internal static class HistoryCommand
{
    public static Command Make(SharedOptions shared)
    {
        var history = new Command("history", "What happened in the cache.");
        history.Subcommands.Add(shared.Does(new Command("export", "Prints every event as a line of JSON, the oldest first."), static async (_, run, cancellationToken) =>
        {
            await foreach (var happened in run.Open().ReadHistoryAsync(cancellationToken).ConfigureAwait(false))
            {
                await run.Host.Output.WriteLineAsync(JsonSerializer.Serialize(HistoryEventView.Of(happened), ToolJsonLines.Default.HistoryEventView)).ConfigureAwait(false);
            }

            return ExitCode.Done;
        }));
        return history;
    }
}
