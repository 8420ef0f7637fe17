using SmartCache.Abstractions;

namespace SmartCache.Jobs;

/// <summary>
/// File names for job ids, which come from outside: a readable prefix and 64 bits of the id's hash. The hash keeps apart what the prefix does not
/// (case, cut ends, characters that were replaced), and its dash and digits keep every name off the device names of Windows.
/// </summary>
internal static class SafeJobName
{
    private const int MaxPrefix = 40;

    public static string Of(string jobId) => $"{Clean(jobId, MaxPrefix, static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_', '_')}-{NameHash.TextOf(jobId)}";

    /// <summary>The id as it is stored: bounded, and well-formed Unicode.</summary>
    public static string ForStorage(string jobId) => Clean(jobId, 1024, static c => !char.IsSurrogate(c), '\ufffd');

    private static string Clean(string text, int max, Func<char, bool> allowed, char replacement) =>
        string.Concat(text.Take(max).Select(c => allowed(c) ? c : replacement));
}
