using SmartCache.Abstractions;
using SmartCache.Storage;

namespace SmartCache.Profiles;

/// <summary>What became of giving a worker a profile's files from the cache.</summary>
/// <param name="Profile">The profile; <see langword="null"/> where none was given.</param>
/// <param name="How">The way its files came.</param>
/// <param name="Manifest">The entry's manifest; <see langword="null"/> where <paramref name="Profile"/> is.</param>
/// <param name="Reason">Why there is no profile.</param>
internal sealed record GivenProfile(EncodedProfile? Profile, MaterializedBy How, Manifest? Manifest, Reason Reason)
{
    public static GivenProfile None(Reason reason) => new(null, default, null, reason);
}
