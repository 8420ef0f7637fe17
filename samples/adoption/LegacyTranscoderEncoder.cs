using System.Security.Cryptography;
using SmartCache;
using SmartCache.Stages;

namespace Adoption;

/// <summary>Gives <see cref="LegacyTranscoder"/> the shape that the cache can wrap. The class itself stays as it is.</summary>
public sealed class LegacyTranscoderEncoder(LegacyTranscoder transcoder, FfmpegVersion ffmpeg, string? watermarkPath = null) : IProfileEncoder
{
    // The transcoder's arguments are buried in its code, so the recipe names what they follow from: the preset, the code
    // itself, the program it calls and the file it reads. One of these changes, and the cache encodes anew; what is left
    // out here would change without the cache noticing.
    public async ValueTask<EncodeRecipe> DescribeAsync(SourceMedia source, EncodingProfile profile, CancellationToken cancellationToken = default)
    {
        var code = typeof(LegacyTranscoder).Assembly.ManifestModule.ModuleVersionId;
        return new EncodeRecipe
        {
            Parameters = new Dictionary<string, string> { ["preset"] = PresetOf(profile) },
            // Any change to the worker's assembly gives it another id. That encodes too often rather than too seldom; a
            // number that is raised by hand with each change to the transcoder does better, where it is not forgotten.
            EncoderVersion = $"{await ffmpeg.GetAsync(cancellationToken)}; transcoder {code:N}",
            AuxiliaryInputs = watermarkPath is null
                ? new Dictionary<string, string>()
                : new Dictionary<string, string> { ["watermark"] = await HashAsync(watermarkPath, cancellationToken) },
        };
    }

    public async Task<EncodedProfile> EncodeAsync(EncodeRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        // The transcoder cannot be cancelled, and is not left alone either: it would go on writing into a directory that
        // the next attempt uses. So a cancelled job ends when its encode does.
        var playlist = await transcoder.TranscodeAsync(request.Source.Path, request.OutputDirectory, PresetOf(request.Profile));
        cancellationToken.ThrowIfCancellationRequested();
        return new EncodedProfile
        {
            Name = request.Profile.Name,
            Directory = request.OutputDirectory,
            Playlist = Path.GetRelativePath(request.OutputDirectory, playlist).Replace(Path.DirectorySeparatorChar, '/'),
        };
    }

    private static string PresetOf(EncodingProfile profile) =>
        profile.Preset ?? throw new ArgumentException($"Profile {profile.Name} names no preset of the transcoder.", nameof(profile));

    private static async Task<string> HashAsync(string path, CancellationToken cancellationToken)
    {
        await using var file = File.OpenRead(path);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellationToken));
    }
}
