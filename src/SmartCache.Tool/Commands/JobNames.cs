using System.Runtime.InteropServices;
using System.Security.Cryptography;
using SmartCache.Tool.Output;

namespace SmartCache.Tool.Commands;

/// <summary>Finds the job that is meant: by its id, its digits, or how one of them begins.</summary>
internal static class JobNames
{
    private const int Digits = 16;

    /// <summary>The digits that stand for a job, as docs/format.md has them: those that begin the SHA-256 of its id in UTF-16.</summary>
    public static string DigitsOf(string id) => Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(id.AsSpan())))[..Digits];

    /// <returns><see langword="null"/> where none is meant.</returns>
    /// <exception cref="ToolException">Several begin so. They are listed.</exception>
    public static InspectedJob? Pick(IReadOnlyList<InspectedJob> jobs, string text)
    {
        if (Exact(jobs, text) is { } exact)
        {
            return exact;
        }

        var begun = jobs.Where(job => job.State.JobId.StartsWith(text, StringComparison.Ordinal) || job.Job.StartsWith(text, StringComparison.OrdinalIgnoreCase)).ToList();
        return begun.Count > 1
            ? throw new ToolException(Output.EntryKey.Several(text, begun.Select(static job => $"{job.Job}  {job.State.JobId}")), ExitCode.Found)
            : begun.FirstOrDefault();
    }

    /// <summary>As <see cref="Pick"/>, but for the whole id or all digits alone.</summary>
    public static InspectedJob? Exact(IReadOnlyList<InspectedJob> jobs, string text) =>
        jobs.FirstOrDefault(job => job.State.JobId == text) ?? jobs.FirstOrDefault(job => job.Job.Equals(text, StringComparison.OrdinalIgnoreCase));
}
