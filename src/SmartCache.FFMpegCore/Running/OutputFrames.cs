using System.Globalization;
using System.Text.RegularExpressions;

namespace SmartCache.FFMpegCore.Running;

/// <summary>
/// How many pictures ffmpeg wrote into each of several outputs. <c>-progress</c> tells it of the first output only; at its end ffmpeg says it of all, if it is asked
/// to say more than is of use otherwise. Only warnings and worse are passed on.
/// </summary>
/// <param name="onError">Gets what would have been said without that.</param>
internal sealed partial class OutputFrames(Action<string> onError)
{
    private static readonly string[] s_levels = ["[warning] ", "[error] ", "[fatal] ", "[panic] "];

    private readonly Dictionary<int, long> _frames = [];

    public void Read(string line)
    {
        if (s_levels.FirstOrDefault(level => line.Contains(level, StringComparison.Ordinal)) is { } said)
            onError(line.Replace(said, "", StringComparison.Ordinal));
        else if (Written().Match(line) is { Success: true } written)
            _frames[Number<int>(written, 1)] = Number<long>(written, 2);
    }

    /// <summary>Packets of the first video stream, which are its pictures; <see langword="null"/> where ffmpeg did not say.</summary>
    /// <param name="output">Which output, from 0.</param>
    public long? Of(int output) => _frames.TryGetValue(output, out var frames) ? frames : null;

    private static T Number<T>(Match match, int group)
        where T : IParsable<T> => T.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);

    // Output stream #1:0 (video): 20 frames encoded; 20 packets muxed (6702 bytes);
    [GeneratedRegex(@"Output stream #([0-9]{1,4}):[0-9]+ \(video\): .*?([0-9]{1,18}) packets muxed", RegexOptions.CultureInvariant)]
    private static partial Regex Written();
}
