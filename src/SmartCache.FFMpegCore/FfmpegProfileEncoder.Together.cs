using SmartCache.Diagnostics;
using SmartCache.FFMpegCore.Commands;
using SmartCache.FFMpegCore.Files;
using SmartCache.FFMpegCore.Running;

namespace SmartCache.FFMpegCore;

/// <summary>One ffmpeg for several profiles.</summary>
public sealed partial class FfmpegProfileEncoder
{
    /// <inheritdoc/>
    /// <remarks>
    /// Profiles are made together where they are of one source file and have the same input arguments and the same first encoder of the chain, libx264 or libx265, and
    /// where their other arguments concern their own output alone. All of a run end within moments of one another: ffmpeg closes its outputs when the source has ended.
    /// A run that fails leaves all out that it was to make, and says so in the log; the fallback chain is for the single runs.
    /// </remarks>
    /// <exception cref="FfmpegException">ffmpeg was ended from outside, other than by a kill, or the disk is full.</exception>
    public async Task<IReadOnlyList<EncodedProfile>> EncodeTogetherAsync(
        IReadOnlyList<EncodeRequest> requests,
        Func<EncodeRequest, EncodedProfile, Task>? finished = null,
        IProgress<StageProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(requests);
        var made = new List<(EncodeRequest Request, EncodedProfile Profile)>();
        foreach (var together in await RunsOfAsync(requests, cancellationToken).ConfigureAwait(false))
        {
            made.AddRange(await RunTogetherAsync(
                [.. together.Select(static part => part.Encode)], [.. together.Select(static part => part.Command)], finished, progress, cancellationToken).ConfigureAwait(false));
        }

        return [.. requests.SelectMany(request => made.Where(one => ReferenceEquals(one.Request, request)).Select(static one => one.Profile))];
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<IReadOnlyList<EncodeRequest>>> GroupAsync(IReadOnlyList<EncodeRequest> requests, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(requests);
        var runs = await RunsOfAsync(requests, cancellationToken).ConfigureAwait(false);
        return [.. runs.Select(static run => run.Select(static part => part.Encode.Request).ToArray())];
    }

    private async Task<IReadOnlyList<(PreparedEncode Encode, LadderCommand Command)[]>> RunsOfAsync(IReadOnlyList<EncodeRequest> requests, CancellationToken cancellationToken)
    {
        var parts = new List<(PreparedEncode Encode, LadderCommand Command)>();
        foreach (var request in requests)
        {
            if (await TryPrepareAsync(request, cancellationToken).ConfigureAwait(false) is not { } encode || LadderCommand.Of(encode.Chain[0]) is not { } command)
                continue;
            if (Resumable(encode, encode.Chain[0]) is not { } kept)
                parts.Add((encode, command));
            else if (!await GoesOnByItselfAsync(encode, kept, cancellationToken).ConfigureAwait(false))
                parts.Add((encode, kept.Kept));
        }

        return
        [
            .. parts.GroupBy(static part => (Path.GetFullPath(part.Encode.Request.Source.Path), part.Command.Encoder, string.Join('\0', part.Command.Input)))
                .SelectMany(alike => InRuns([.. alike])),
        ];
    }

    // As many runs as must be, of about the same size: five profiles at four a run are three and two.
    private IEnumerable<T[]> InRuns<T>(IReadOnlyList<T> parts)
    {
        var runs = (parts.Count + _options.ProfilesPerRun - 1) / _options.ProfilesPerRun;
        return parts.Chunk((parts.Count + runs - 1) / runs).Where(static run => run.Length > 1);
    }

    // What cannot be described is described again by the single run, which throws what is wrong with it.
    private async Task<PreparedEncode?> TryPrepareAsync(EncodeRequest request, CancellationToken cancellationToken)
    {
        try
        {
            return await PrepareAsync(request, cancellationToken).ConfigureAwait(false);
        }
        catch (FfmpegException)
        {
            return null;
        }
    }

    private async Task<IReadOnlyList<(EncodeRequest Request, EncodedProfile Profile)>> RunTogetherAsync(
        IReadOnlyList<PreparedEncode> encodes,
        IReadOnlyList<LadderCommand> commands,
        Func<EncodeRequest, EncodedProfile, Task>? finished,
        IProgress<StageProgress>? progress,
        CancellationToken cancellationToken)
    {
        FfmpegLog.BeginsTogether(_logger, encodes.Count, commands[0].Encoder, LogText.Name(string.Join(", ", encodes.Select(static encode => encode.Request.Profile.Name))));
        var started = _time.GetTimestamp();
        var made = new List<(EncodeRequest Request, EncodedProfile Profile)>();
        using var runs = new JoinedRuns();
        var tail = new ErrorTail();
        var frames = new OutputFrames(tail.Add);
        if (!await TryRunAsync(encodes, commands, runs, frames, tail, progress, cancellationToken).ConfigureAwait(false))
            return made;

        for (var i = 0; i < encodes.Count; i++)
        {
            EncodedProfile profile;
            // What is checked one after the other says nothing meanwhile, and may be many GB.
            progress?.Report(new StageProgress("encode") { Fraction = 1 });
            try
            {
                var playlist = await CheckAsync(encodes[i], runs[i], frames.Of(i), tail, cancellationToken).ConfigureAwait(false);
                profile = await PublishAsync(encodes[i], commands[i].Encoder, runs[i], playlist, started, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception exception) when (IsFailure(exception))
            {
                FfmpegLog.OneOfThemFailed(_logger, LogText.Name(encodes[i].Request.Profile.Name), Reason(exception));
                continue;
            }

            // Whoever is told finds nothing of the run in the output directory.
            runs.End(i);
            made.Add((encodes[i].Request, profile));
            await (finished?.Invoke(encodes[i].Request, profile) ?? Task.CompletedTask).ConfigureAwait(false);
        }

        return made;
    }

    private async Task<bool> TryRunAsync(
        IReadOnlyList<PreparedEncode> encodes,
        IReadOnlyList<LadderCommand> commands,
        JoinedRuns runs,
        OutputFrames frames,
        ErrorTail tail,
        IProgress<StageProgress>? progress,
        CancellationToken cancellationToken)
    {
        try
        {
            var outputs = runs.Make(encodes.Select(static encode => (Path.GetFullPath(encode.Request.OutputDirectory), encode.Files)));
            using var watch = Watch(encodes, commands, runs, cancellationToken);
            var reader = new EncodeProgress(progress, encodes.Max(static encode => encode.Expected?.Length)) { OnBlock = watch.Look };
            var exitCode = await watch.RunAsync(
                end => ChildProcess.RunAsync(
                    Ffmpeg,
                    LadderCommand.Fill(commands, Path.GetFullPath(encodes[0].Request.Source.Path), runs[0].Link(_auxiliaries.Paths), outputs),
                    runs[0].Path, reader.Read, frames.Read, end),
                cancellationToken).ConfigureAwait(false);
            if (exitCode == 0)
                return true;

            // A kill is most often for want of memory, of which one profile by itself needs less.
            var full = tail.FullDisk;
            var failure = $"ffmpeg {FfmpegEnding.Of(exitCode)} encoding {encodes.Count} profiles with {commands[0].Encoder}.{tail}";
            if (full is not null || (FfmpegEnding.IsFromOutside(exitCode) && exitCode != 128 + 9))
                throw new FfmpegException(failure, full) { ExitCode = exitCode, IsTransient = true };
            FfmpegLog.TogetherFailed(_logger, encodes.Count, failure);
        }
        catch (Exception exception) when (IsFailure(exception))
        {
            FfmpegLog.TogetherFailed(_logger, encodes.Count, Reason(exception));
        }

        return false;
    }

    // Not what nobody should try again at once: a run that somebody ended, a full disk.
    private static bool IsFailure(Exception exception) =>
        exception is FfmpegException { IsTransient: false } || (exception is IOException or UnauthorizedAccessException && !ShortSpace.Is(exception));

    // The framework's own messages name paths of the worker.
    private static string Reason(Exception exception) => exception is FfmpegException ? exception.Message : exception.GetType().Name;
}
