using global::FFMpegCore;
using SmartCache.FFMpegCore.Commands;

namespace SmartCache.FFMpegCore;

/// <summary>What an encoder of your own on FFMpegCore needs for its recipe.</summary>
public static class FfmpegArgumentsExtensions
{
    /// <summary>
    /// The arguments of a command one by one, for <see cref="EncodeRecipe.Arguments"/>. FFMpegCore gives them as one line; taken apart, the cache can name
    /// the argument that differs from the closest entry. Build the command with words in place of paths (<c>{source}</c>, <c>{output}</c>), so that it is the same for every job.
    /// </summary>
    /// <param name="command">The command; it is not run.</param>
    /// <example><code>Arguments = Command("{source}", "{output}", profile).ArgumentList()</code></example>
    public static IReadOnlyList<string> ArgumentList(this FFMpegArgumentProcessor command)
    {
        ArgumentNullException.ThrowIfNull(command);
        return CommandLine.Split(command.Arguments);
    }
}
