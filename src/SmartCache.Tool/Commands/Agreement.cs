using SmartCache.Tool.Output;

namespace SmartCache.Tool.Commands;

/// <summary>Asks whether to go on where the answer so far is a report by itself: where nobody can be asked, nobody has said yes, and that is no error.</summary>
internal static class Agreement
{
    public static bool IsGiven(ToolRun run, bool yes, string question)
    {
        if (yes || run.IsJson || !run.Host.CanAsk)
        {
            return yes;
        }

        run.Host.Output.Flush();
        run.Host.Error.Write($"{Plain.Of(question)} [y/N] ");
        run.Host.Error.Flush();
        return run.Host.Input.ReadLine()?.Trim() is "y" or "Y" or "yes";
    }
}
