using SmartCache;
using SmartCache.Stages;

namespace AdoptionFFMpegCore;

/// <summary>Gives <see cref="HlsTranscoder"/> the shape that the cache can wrap.</summary>
public sealed class HlsTranscoderEncoder(HlsTranscoder transcoder, FfmpegVersion ffmpeg) : IProfileEncoder
{
    // FFMpegCore tells the whole command line before it runs it. With words in place of the two paths it is the same for every job,
    // and whatever someone changes in the transcoder shows up in it.
    public async ValueTask<EncodeRecipe> DescribeAsync(SourceMedia source, EncodingProfile profile, CancellationToken cancellationToken = default) => new()
    {
        Arguments = [transcoder.Command("{source}", "{output}", HeightOf(profile)).Arguments],
        EncoderVersion = await ffmpeg.GetAsync(cancellationToken),
    };

    public async Task<EncodedProfile> EncodeAsync(EncodeRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        // A directory of its own: an ffmpeg that outlives a killed worker goes on writing there and not among the retry's files.
        var run = Path.Combine(request.OutputDirectory, $".{request.Profile.Name}.{Guid.NewGuid():N}");
        Directory.CreateDirectory(run);
        try
        {
            // throwOnError stays true: with false FFMpegCore returns normally after a cancellation and leaves a playlist that looks finished.
            await transcoder.Command(request.Source.Path, run, HeightOf(request.Profile))
                .NotifyOnProgress((TimeSpan _) => progress?.Report(new StageProgress("encode")))
                .CancellableThrough(cancellationToken)
                .ProcessAsynchronously(throwOnError: true);
            cancellationToken.ThrowIfCancellationRequested();
            foreach (var file in Directory.EnumerateFiles(run))
                File.Move(file, Path.Combine(request.OutputDirectory, Path.GetFileName(file)), overwrite: true);
        }
        finally
        {
            Directory.Delete(run, recursive: true);
        }

        return new EncodedProfile { Name = request.Profile.Name, Directory = request.OutputDirectory, Playlist = HlsTranscoder.Playlist };
    }

    private static int HeightOf(EncodingProfile profile) => profile.Name switch
    {
        "720p" => 720,
        "480p" => 480,
        "144p" => 144,
        _ => throw new ArgumentException($"There is no profile {profile.Name}.", nameof(profile)),
    };
}
