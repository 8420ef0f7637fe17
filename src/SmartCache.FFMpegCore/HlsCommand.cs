using System.Globalization;
using global::FFMpegCore;
using global::FFMpegCore.Enums;
using SmartCache.Stages;
using SmartCache.Stages.Ffmpeg;

namespace SmartCache.FFMpegCore;

/// <summary>
/// The command of a profile's encode as FFMpegCore builds it, with <c>{source}</c> in place of the path; and from that the command to run,
/// so that what is run is what is in the key, whatever the worker's delegates would add the next time.
/// </summary>
internal static class HlsCommand
{
    public static IReadOnlyList<string> Describe(FFMpegCoreOptions options, SourceMedia source, EncodingProfile profile)
    {
        var files = new ProfileFiles(profile.Name);
        var seconds = options.SegmentDuration.TotalSeconds.ToString("0.######", CultureInfo.InvariantCulture);
        return CommandLine.Split(FFMpegArguments
            .FromFileInput(FfmpegArguments.Source, verifyExists: false, input =>
            {
                // A downloaded file may be a playlist that names other files or hosts: only files are opened.
                input.WithCustomArgument("-protocol_whitelist file");
                options.Input?.Invoke(input, source, profile);
            })
            .OutputToFile(files.Playlist, overwrite: true, output =>
            {
                options.Output!(output, source, profile);
                output.WithCustomArgument($"-f hls -hls_time {seconds} -hls_playlist_type vod -hls_list_size 0 -hls_segment_filename {files.SegmentPattern()}");
            })
            .Arguments);
    }

    /// <summary>The names in it are relative: they are files of the working directory.</summary>
    public static FFMpegArgumentProcessor Fill(IReadOnlyList<string> recipe, string source, IReadOnlyDictionary<string, string> auxiliaries)
    {
        var input = recipe.ToList().IndexOf(FfmpegArguments.Source);
        // OutputToFile ends the line with the playlist and -y.
        if (input < 1 || recipe.Count < input + 3 || recipe[^1] != "-y")
            throw new FfmpegException("The recipe is not one that this encoder described.");

        string Filled(IEnumerable<string> arguments) => CommandLine.Join(arguments.Select(argument =>
        {
            foreach (var (name, path) in auxiliaries)
                argument = argument.Replace($"{{aux:{name}}}", path, StringComparison.Ordinal);
            return argument;
        }));

        // Warnings and errors are what an exception should say. -stats: FFMpegCore reads the progress from a line that this level would leave out.
        return FFMpegArguments
            .FromFileInput(CommandLine.Escape(source), verifyExists: false, options => options
                .WithCustomArgument("-hide_banner -stats")
                .WithCustomArgument(Filled(recipe.Take(input - 1))))
            .OutputToFile(recipe[^2], overwrite: true, options => options
                .WithCustomArgument(Filled(recipe.Skip(input + 1).SkipLast(2))))
            .WithLogLevel(FFMpegLogLevel.Warning);
    }

    public static string EncoderOf(IReadOnlyList<string> recipe)
    {
        var option = recipe.ToList().FindLastIndex(argument => argument is "-c:v" or "-codec:v" or "-vcodec");
        return option >= 0 && option + 1 < recipe.Count ? recipe[option + 1] : "unknown";
    }
}
