namespace SmartCache.Tool.Output;

/// <summary>What somebody typed. It may be a URL with a token in it, and what this prints ends in tickets and logs.</summary>
internal static class Typed
{
    private const string FromInput = "-";

    /// <summary>The text itself; for <c>-</c> the first line of the input, so that no token stands in the shell's history.</summary>
    /// <exception cref="ToolException">There is none.</exception>
    public static string Read(ToolHost host, string text)
    {
        if (text != FromInput)
        {
            return text;
        }

        return host.Input.ReadLine()?.Trim() is { Length: > 0 } line ? line : throw new ToolException("'-' reads what is meant from the input, and there is nothing.", ExitCode.CouldNotLook);
    }

    /// <summary>Whether it is a URL or a content id, and neither a key nor a job's id that cannot be told from one.</summary>
    public static bool IsSource(string text) => text.AsSpan().ContainsAny(":?&=@");

    /// <summary>How a text is named in a message.</summary>
    public static string Shown(string text) => IsSource(text) ? "what was typed" : $"'{text}'";

    /// <summary>How it is typed again in the command of a hint.</summary>
    public static string Again(string text) => IsSource(text) ? "-" : text;
}
