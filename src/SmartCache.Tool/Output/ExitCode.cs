namespace SmartCache.Tool.Output;

/// <summary>What the tool ends with, as its README documents.</summary>
internal static class ExitCode
{
    public const int Done = 0;

    /// <summary>The doctor found something, or what was asked for is not there.</summary>
    public const int Found = 1;

    /// <summary>It could not look: no cache, no right to, a wrong command.</summary>
    public const int CouldNotLook = 2;

    /// <summary>As a shell says it of a process that Ctrl+C ended.</summary>
    public const int Cancelled = 130;
}
