using SmartCache.Tool.Output;

namespace SmartCache.Tool.Removal;

/// <summary>Asks before something is deleted.</summary>
internal static class Confirmation
{
    /// <exception cref="ToolException">The answer is no, or there is nobody to ask.</exception>
    public static void Require(ToolHost host, bool isGiven, string question)
    {
        // What is to go is said before it goes.
        host.Output.Flush();
        if (isGiven)
        {
            return;
        }

        if (!host.CanAsk)
        {
            throw new ToolException("There is no terminal to ask on. Nothing was done; --yes says yes.", ExitCode.CouldNotLook);
        }

        host.Error.Write($"{question} [y/N] ");
        host.Error.Flush();
        if (host.Input.ReadLine()?.Trim() is not ("y" or "Y" or "yes"))
        {
            throw new ToolException("Nothing was done.", ExitCode.Found);
        }
    }
}
