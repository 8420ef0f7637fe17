using Microsoft.Extensions.Logging;
using SmartCache.Diagnostics;
using SmartCache.Storage.Platform;

namespace SmartCache.Profiles;

/// <summary>
/// Whether an encode that returned normally made what it should: its playlist closes and reaches all that was made, and its duration is the one the recipe
/// or the probe expects (<see cref="ExpectedDuration"/>). A poisoned entry outlives the bug that made it, so what cannot be checked is not stored.
/// <para>
/// What else keeps a profile out: its recipe says that it is not cacheable (<see cref="EncodeRecipe.WhyNotCacheable"/>, asked by <see cref="CachingProfileEncoder"/>
/// before the encode), the worker changes its files while they are saved (<see cref="Layers.EntryIntake"/>), no entry can hold it (<see cref="ProfileIntake"/>), or
/// there is no room (<see cref="Layers.SpaceKeeper"/>).
/// </para>
/// </summary>
internal sealed class ProfileAcceptance(FileSystem files, ILogger logger)
{
    // Name of the reason that media would be missing in a hit.
    private const string UnreachedFiles = nameof(UnreachedFiles);

    private int _saidNoDuration;

    /// <summary>How long the result must be; without that nothing is stored.</summary>
    public static ExpectedDuration? Expected(ProfileKey key) => ExpectedDuration.Of(key.Recipe, key.Source);

    /// <summary>Judges an encode; reads its playlists, and its directory where it is known what lay there before.</summary>
    public ProfileVerdict Judge(ProfileKey key, EncodedProfile profile, DirectoryBefore? before, OperationPulse pulse)
    {
        PlaylistContents contents;
        try
        {
            contents = PlaylistWalk.Read(files, profile.Directory, profile.Playlist);
        }
        catch (InvalidDataException open)
        {
            return new ProfileVerdict(null, IsShort: false, new(CacheReason.Refused, open.Message)) { IsOpen = true };
        }

        if (Expected(key) is not { } expected)
        {
            if (Interlocked.Exchange(ref _saidNoDuration, 1) == 0)
            {
                ProfileLog.NoDuration(logger, LogText.Name(profile.Name));
            }

            return new ProfileVerdict(null, IsShort: false, CacheReason.DurationUnknown);
        }

        if (!expected.MayBeStored(contents.Duration))
        {
            var from = expected.Source is null ? "" : $", from the source's {MediaFacts.DurationSource}={expected.Source}";
            return new ProfileVerdict(
                null,
                expected.ProvesLoss(contents.Duration),
                new(CacheReason.Refused, FormattableString.Invariant($"it lasts {contents.Duration.TotalSeconds:F1} s, {expected.Length.TotalSeconds:F1} s were expected{from}")));
        }

        return before?.FirstUnreached(profile, contents, pulse) is { } unreached
            ? new ProfileVerdict(
                null,
                IsShort: false,
                new(CacheReason.Refused, $"{UnreachedFiles}: the encoder made '{unreached}', which neither the playlist reaches nor {nameof(EncodedProfile.ExtraFiles)} names"))
            : new ProfileVerdict(contents, IsShort: false, default);
    }
}
