namespace SmartCache.Tool.Output;

/// <summary>Ends a command with a text for people and a code for scripts.</summary>
internal sealed class ToolException(string message, int exitCode) : Exception(message)
{
    public int ExitCode { get; } = exitCode;
}
