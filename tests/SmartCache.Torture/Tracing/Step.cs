using System.Text.RegularExpressions;

namespace SmartCache.Torture.Tracing;

/// <summary>One system call on a path of the cache, or of the cache on a path of the job.</summary>
/// <param name="Call">The call.</param>
/// <param name="Path">Below the directory of the case; both of them where the call has two.</param>
/// <param name="IsByPath">Whether the call looks a name up, and does not work on what is open.</param>
/// <param name="CanBeShort">Whether it could read or write a part of what it is asked to.</param>
/// <param name="Mutates">Whether it leaves something behind.</param>
/// <param name="IsOnTheJobs">Whether it is about files of the job only.</param>
internal sealed partial record Step(SystemCall Call, string Path, bool IsByPath, bool CanBeShort, bool Mutates, bool IsOnTheJobs)
{
    /// <summary>The thread that makes it.</summary>
    public int Thread { get; init; }

    /// <summary>The call and the path, with what differs between two runs taken out of it.</summary>
    public string Name => $"{Call.Name} {Number().Replace(Writer().Replace(Guid().Replace(Path, "WRITER"), "ENTRY.WRITER"), "$1N")}";

    [GeneratedRegex("(?<=writer-)[0-9a-f]{32}|(?<=staging/)[0-9a-f]{32}")]
    private static partial Regex Guid();

    [GeneratedRegex(@"[0-9a-f]{32}(_[0-9a-f]{32})?\.[0-9a-f]{8}\.[0-9]+|(?<=trash/)[0-9]+\.[0-9a-f]{8}\.[0-9]+")]
    private static partial Regex Writer();

    [GeneratedRegex("(WRITER/)[0-9]+")]
    private static partial Regex Number();
}
