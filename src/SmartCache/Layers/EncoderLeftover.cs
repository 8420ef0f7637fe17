using System.Text.RegularExpressions;

namespace SmartCache.Layers;

/// <summary>
/// What an encode that was killed left: the working directory <c>.NAME.{32 hexadecimal digits}.run</c> of the encode stages, beside a profile that came from
/// the cache since, so that no run after it has removed it. It is no part of a video, and an encoder that outlived its worker may still write into it: it is
/// neither hashed nor uploaded. (Nor stored, as no playlist leads there.)
/// </summary>
internal static partial class EncoderLeftover
{
    /// <summary>Whether a directory is one, by its name.</summary>
    public static bool Is(ReadOnlySpan<char> directoryName) => Run().IsMatch(directoryName);

    /// <summary>Whether a file lies in one.</summary>
    /// <param name="relativePath">With slashes.</param>
    public static bool Holds(string relativePath) => relativePath.Split('/')[..^1].Any(static directory => Is(directory));

    [GeneratedRegex(@"^\.[A-Za-z0-9_-][A-Za-z0-9_.-]*\.[0-9a-f]{32}\.run\z", RegexOptions.CultureInvariant)]
    private static partial Regex Run();
}
