using SmartCache.FFMpegCore.Files;
using SmartCache.Profiles;

namespace SmartCache.FFMpegCore.Commands;

/// <summary>What is known of an encode before it runs.</summary>
/// <param name="Request">What is asked for.</param>
/// <param name="Source">The source by content, or as it was probed.</param>
/// <param name="Expected">How long the result must be, if something says so.</param>
/// <param name="Files">The names of its files.</param>
/// <param name="Chain">The commands: of the first encoder, and of those that it falls back to.</param>
/// <param name="Version">What ffmpeg says of itself.</param>
internal sealed record PreparedEncode(
    EncodeRequest Request, SourceMedia Source, ExpectedDuration? Expected, ProfileFiles Files, IReadOnlyList<EncodeCommand> Chain, string Version);
