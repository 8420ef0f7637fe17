using SmartCache.Diagnostics;
using SmartCache.FFMpegCore.Commands;
using SmartCache.FFMpegCore.Files;
using SmartCache.FFMpegCore.Probing;
using SmartCache.FFMpegCore.Results;
using SmartCache.FFMpegCore.Resuming;
using SmartCache.FFMpegCore.Running;

namespace SmartCache.FFMpegCore;

/// <summary>Going on from the segments that an earlier attempt has finished.</summary>
public sealed partial class FfmpegProfileEncoder
{
    // The clock of MPEG-TS begins again after 26.5 hours.
    private static readonly TimeSpan s_longest = TimeSpan.FromHours(24);

    private string Ffmpeg => ProgramPath.Find(_options.FfmpegPath) ?? _options.FfmpegPath;

    /// <returns><see langword="null"/> where nothing is kept of an encode.</returns>
    private ResumableCommand? Resumable(PreparedEncode prepared, EncodeCommand command)
    {
        if (prepared.Request.Checkpoint is null)
            return null;

        var resumable = ResumableCommand.Of(command, prepared.Request.Profile, out var whyNot);
        if (whyNot is null && prepared.Expected?.Length > s_longest)
            (resumable, whyNot) = (null, "it is too long");
        if (whyNot is not null)
            FfmpegLog.KeepsNothing(_logger, LogText.Name(prepared.Request.Profile.Name), whyNot);
        return resumable;
    }

    /// <summary>Runs the command of one encoder from the beginning on.</summary>
    /// <returns>The exit code, and how many pictures ffmpeg says it wrote.</returns>
    private async Task<(int ExitCode, long? Frames)> RunAsync(
        PreparedEncode prepared, EncodeCommand command, ResumableCommand? resumable, RunDirectory run, ErrorTail tail, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        var source = Path.GetFullPath(prepared.Request.Source.Path);
        if (resumable is null)
        {
            var plain = new EncodeProgress(progress, prepared.Expected?.Length);
            var code = await ChildProcess.RunAsync(Ffmpeg, command.Fill(source, run.Link(_auxiliaries.Paths)), run.Path, plain.Read, tail.Add, cancellationToken).ConfigureAwait(false);
            return (code, plain.Frames);
        }

        using var watch = SegmentKeeper.Watch(
            prepared.Request.Checkpoint!, resumable.IsHevc, segment => Path.Combine(run.Path, prepared.Files.Segment(segment)), cancellationToken);
        var reader = new EncodeProgress(progress, prepared.Expected?.Length) { OnBlock = counts => watch.Look(counts) };
        var exitCode = await watch.RunAsync(
            end => ChildProcess.RunAsync(Ffmpeg, resumable.Whole(source), run.Path, reader.Read, tail.Add, end), looksAfterSuccess: false).ConfigureAwait(false);
        return (exitCode, reader.Frames);
    }

    /// <summary>Whether an earlier attempt has left something of a profile. It is encoded by itself then, because it goes on from there.</summary>
    private static async Task<bool> HasPartsAsync(PreparedEncode prepared, ResumableCommand command, CancellationToken cancellationToken) =>
        (await prepared.Request.Checkpoint!.OpenAsync(command.Layout, cancellationToken).ConfigureAwait(false)).Count > 0;

    /// <summary>Keeps the finished segments of a run for several profiles.</summary>
    private static LadderWatch Watch(IReadOnlyList<PreparedEncode> encodes, IReadOnlyList<LadderCommand> commands, JoinedRuns runs, CancellationToken cancellationToken) => new(
    [
        .. encodes.Select((encode, i) => commands[i].NamesFinished
            ? SegmentKeeper.Watch(encode.Request.Checkpoint!, ResumableCommand.IsHevcOf(commands[i].Encoder), segment => Path.Combine(runs[i].Path, encode.Files.Segment(segment)), cancellationToken)
            : null),
    ]);

    /// <summary>Goes on from what there is. Whatever is in the way of it fails no encode that would succeed from the beginning on.</summary>
    /// <returns><see langword="null"/>: it must begin anew, and nothing is left of what was there.</returns>
    /// <exception cref="FfmpegException">ffmpeg was ended from outside, as it would have been in an encode from the beginning on.</exception>
    private async Task<EncodedProfile?> TryGoOnAsync(
        PreparedEncode prepared, ResumableCommand command, long started, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        var checkpoint = prepared.Request.Checkpoint!;
        var parts = await checkpoint.OpenAsync(command.Layout, cancellationToken).ConfigureAwait(false);
        if (parts.Count == 0)
            return null;

        var profile = LogText.Name(prepared.Request.Profile.Name);
        try
        {
            return await GoOnAsync(prepared, command, parts, started, progress, cancellationToken).ConfigureAwait(false);
        }
        catch (ResumeException exception) when (!exception.IsProof)
        {
            FfmpegLog.BeginsAnew(_logger, profile, exception.Message);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested && !IsEnded(exception))
        {
            FfmpegLog.PartsDoNotFit(_logger, profile, exception is ResumeException ? exception.Message : Reason(exception));
        }

        // What is recorded from now on must not be given beside them.
        await checkpoint.ForgetAsync(TimeSpan.Zero, cancellationToken).ConfigureAwait(false);
        return null;
    }

    private static bool IsEnded(Exception exception) => exception is FfmpegException { ExitCode: { } code } && FfmpegEnding.IsFromOutside(code);

    private async Task<EncodedProfile> GoOnAsync(
        PreparedEncode prepared, ResumableCommand command, IReadOnlyList<EncodePart> parts, long started, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        void Alive() => progress?.Report(new StageProgress("checking"));
        var kept = await KeptSegments.ReadAsync(parts, command.IsHevc, Alive, cancellationToken).ConfigureAwait(false);
        if (kept.All.Count < parts.Count)
            await prepared.Request.Checkpoint!.ForgetAsync(parts[kept.All.Count].Start, cancellationToken).ConfigureAwait(false);

        var cut = await CutAsync(prepared, command, kept, Alive, cancellationToken).ConfigureAwait(false);
        using var run = new RunDirectory(Path.GetFullPath(prepared.Request.OutputDirectory), prepared.Files);
        var encode = new ResumedEncode(prepared, command, run, Ffmpeg, progress, _time);
        var (profile, at) = (LogText.Name(prepared.Request.Profile.Name), cut.Rate.TimeOf(kept.Pictures).TotalSeconds);
        FfmpegLog.GoesOn(_logger, profile, at, kept.All.Count, cut.Way);
        IReadOnlyList<VideoSegment> rest;
        try
        {
            rest = await encode.EncodeRestAsync(cut, cancellationToken).ConfigureAwait(false);
        }
        catch (ResumeException exception) when (exception.IsOfCut && cut.Source is not null)
        {
            // The seek may have arrived at another picture. Counting is slower, and cannot.
            cut = cut with { Source = null };
            FfmpegLog.CutsAgain(_logger, profile, cut.Way, exception.Message);
            rest = await encode.EncodeRestAsync(cut, cancellationToken).ConfigureAwait(false);
        }

        var pictures = await encode.JoinAsync(cut, rest, cancellationToken).ConfigureAwait(false);
        return await PublishAsync(prepared, command.Encoder, run, pictures, new ErrorTail(), started, cancellationToken).ConfigureAwait(false);
    }

    private async Task<Cut> CutAsync(PreparedEncode prepared, ResumableCommand command, KeptSegments kept, Action alive, CancellationToken cancellationToken)
    {
        var facts = prepared.Source.Facts;
        SourcePictures? source = null;
        try
        {
            // ffmpeg's "0:V:0" is ffprobe's "V:0".
            if (_probe is FfprobeSourceProbe probe)
            {
                source = await probe.PicturesAsync(
                    prepared.Request.Source.Path, command.Pictures[2..].TrimEnd('?'), SourcePictures.IsExact(facts.GetValueOrDefault("format")), alive, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (FfmpegException)
        {
            // Then the pictures are counted.
        }

        var rate = (source?.Rates ?? []).Append(facts.GetValueOrDefault(MediaFacts.FrameRate)).Select(PictureRate.Parse).FirstOrDefault(rate => rate is { } known && kept.Have(known))
            ?? throw new ResumeException("it is not known how many pictures there are in a second");
        if (kept.SourcePicture < 1 || source?.Times?.Count <= kept.SourcePicture)
            throw new ResumeException("the source has fewer pictures than there are") { IsProof = true };
        return new Cut(kept, rate, source?.Times);
    }
}
