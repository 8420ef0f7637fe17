using Microsoft.Extensions.Logging;
using SmartCache.Diagnostics;

namespace SmartCache.Profiles;

/// <summary>
/// Whether an encode that returned normally made what it should: its playlist closes, and its duration is the one the recipe or the probe expects.
/// A poisoned entry outlives the bug that made it, so what cannot be checked is not stored.
/// </summary>
internal sealed class ProfileAcceptance(ILogger logger)
{
    // Encoders round to whole frames and audio packets, and containers name the longest stream: a second, and 2 ‰ for long videos.
    private static readonly TimeSpan FixedTolerance = TimeSpan.FromSeconds(1);
    private const double RelativeTolerance = 0.002;

    private int _saidNoDuration;

    /// <summary>How long the result must be; without that nothing is stored.</summary>
    public static TimeSpan? Expected(ProfileKey key) => key.Recipe.ExpectedDuration ?? key.Source.Duration;

    /// <summary>Judges an encode; reads only its playlists.</summary>
    public ProfileVerdict Judge(ProfileKey key, EncodedProfile profile)
    {
        PlaylistContents contents;
        try
        {
            contents = PlaylistWalk.Read(profile.Directory, profile.Playlist);
        }
        catch (InvalidDataException open)
        {
            return new ProfileVerdict(null, IsShort: false, open.Message);
        }

        if (Expected(key) is not { } expected)
        {
            if (Interlocked.Exchange(ref _saidNoDuration, 1) == 0)
            {
                ProfileLog.NoDuration(logger, LogText.Name(profile.Name));
            }

            return new ProfileVerdict(null, IsShort: false, "");
        }

        var tolerance = FixedTolerance + (expected * RelativeTolerance);
        if ((contents.Duration - expected).Duration() > tolerance)
        {
            return new ProfileVerdict(
                null, contents.Duration < expected, $"it lasts {contents.Duration.TotalSeconds:F1} s, {expected.TotalSeconds:F1} s were expected");
        }

        return new ProfileVerdict(contents, IsShort: false, "");
    }
}
