using Microsoft.Extensions.Logging;
using SmartCache.Diagnostics;
using SmartCache.FFMpegCore.Files;
using SmartCache.FFMpegCore.Running;
using SmartCache.Profiles;

namespace SmartCache.FFMpegCore.Results;

/// <summary>What a run that ended well must have made: a closed playlist, segments without holes, pictures as long as expected.</summary>
internal static class EncodeCheck
{
    /// <exception cref="FfmpegException">It is not whole; the message is a part of a sentence.</exception>
    public static async Task<MediaPlaylist> RunAsync(
        string directory, ProfileFiles files, ExpectedDuration? expected, long? frames, EncodingProfile profile, ILogger logger, CancellationToken cancellationToken)
    {
        MediaPlaylist playlist;
        try
        {
            playlist = await MediaPlaylist.ReadAsync(directory, files.Playlist, cancellationToken).ConfigureAwait(false);
            await TransportStreamCheck.RunAsync(directory, playlist, frames, cancellationToken).ConfigureAwait(false);
            await FragmentCheck.RunAsync(directory, playlist, frames, cancellationToken).ConfigureAwait(false);
        }
        catch (FfmpegException exception)
        {
            var full = ShortSpace.In(directory);
            throw new FfmpegException(exception.Message + full, full.Length > 0 ? ShortSpace.NoSpace() : exception.InnerException) { IsTransient = full.Length > 0 };
        }

        if (expected is { } duration)
            Compare(playlist.Duration, duration, profile, logger);
        return playlist;
    }

    // Only what is certainly lost fails the encode: nothing speaks against a result that is longer, or that only a bound or an estimate does not fit.
    private static void Compare(TimeSpan actual, ExpectedDuration expected, EncodingProfile profile, ILogger logger)
    {
        if (expected.ProvesLoss(actual))
            throw new FfmpegException(FormattableString.Invariant($"it lasts {actual.TotalSeconds:0.0} s, {expected.Length.TotalSeconds:0.0} s were expected"));
        if (expected.IsShort(actual) || expected.IsLong(actual))
            FfmpegLog.LastsAnotherTime(logger, LogText.Name(profile.Name), actual.TotalSeconds, expected.Length.TotalSeconds, LogText.Name(expected.Source ?? "-"));
    }
}
