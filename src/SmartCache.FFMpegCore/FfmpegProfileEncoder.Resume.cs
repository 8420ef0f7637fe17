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

    // Going on with less than a third of a profile takes longer than its share of a run for several, in which it is decoded with the others.
    private const int FewestParts = 3;

    private string Ffmpeg => ProgramPath.Find(_options.FfmpegPath) ?? _options.FfmpegPath;

    /// <returns><see langword="null"/> where nothing is kept of an encode.</returns>
    private ResumableCommand? Resumable(PreparedEncode prepared, EncodeCommand command)
    {
        if (prepared.Request.Checkpoint is null)
            return null;

        var resumable = ResumableCommand.Of(command, prepared.Request.Profile, prepared.Version, out var whyNot);
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

        using var watch = SegmentKeeper.Watch(prepared.Request.Checkpoint!, new RunSegments(run.Path, prepared.Files, resumable.IsFragmented), cancellationToken);
        var reader = new EncodeProgress(progress, prepared.Expected?.Length) { OnBlock = (counts, isLast) => watch.Look(counts, isLast) };
        var exitCode = await watch.RunAsync(
            end => ChildProcess.RunAsync(Ffmpeg, resumable.Whole(source), run.Path, reader.Read, tail.Add, end), looksAfterSuccess: false).ConfigureAwait(false);
        return (exitCode, reader.Frames);
    }

    /// <summary>
    /// Whether a profile is encoded by itself, because an earlier attempt has left so much of it that going on costs less than its share of a run for several.
    /// What there is otherwise is forgotten: the run makes it anew.
    /// </summary>
    private async Task<bool> GoesOnByItselfAsync(PreparedEncode prepared, ResumableCommand command, CancellationToken cancellationToken)
    {
        var checkpoint = prepared.Request.Checkpoint!;
        var parts = await checkpoint.OpenAsync(command.Layout, cancellationToken).ConfigureAwait(false);
        if (parts.Count == 0)
            return false;

        try
        {
            var last = parts[KeptSegments.FactsOf(parts).Count - 1];
            if ((last.Start + last.Duration) * FewestParts >= (prepared.Expected?.Length ?? TimeSpan.Zero))
                return true;
            throw new ResumeException("most of it is still to be made");
        }
        catch (ResumeException exception)
        {
            FfmpegLog.BeginsAnew(_logger, LogText.Name(prepared.Request.Profile.Name), exception.Message);
        }

        await checkpoint.ForgetAsync(TimeSpan.Zero, cancellationToken).ConfigureAwait(false);
        return false;
    }

    /// <summary>Keeps the finished segments of a run for several profiles.</summary>
    private static LadderWatch Watch(IReadOnlyList<PreparedEncode> encodes, IReadOnlyList<LadderCommand> commands, JoinedRuns runs, CancellationToken cancellationToken) => new(
    [
        .. encodes.Select((encode, i) => commands[i].NamesFinished
            ? SegmentKeeper.Watch(encode.Request.Checkpoint!, new RunSegments(runs[i].Path, encode.Files, commands[i].IsFragmented), cancellationToken)
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

        (RunDirectory Run, MediaPlaylist Playlist) made;
        try
        {
            made = await GoOnAsync(prepared, command, parts, progress, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (!IsEnded(exception))
        {
            cancellationToken.ThrowIfCancellationRequested();
            await BeginAnewAsync(prepared, exception, cancellationToken).ConfigureAwait(false);
            return null;
        }

        using (made.Run)
            return await PublishAsync(prepared, command.Encoder, made.Run, made.Playlist, started, cancellationToken).ConfigureAwait(false);
    }

    /// <exception cref="FfmpegException">There is no space now: what was finished waits for it.</exception>
    private async Task BeginAnewAsync(PreparedEncode prepared, Exception exception, CancellationToken cancellationToken)
    {
        var profile = LogText.Name(prepared.Request.Profile.Name);
        if (exception is ResumeException { IsProof: false })
            FfmpegLog.BeginsAnew(_logger, profile, exception.Message);
        else if (exception is not ResumeException && ShortSpace.In(Path.GetFullPath(prepared.Request.OutputDirectory)) is { Length: > 0 } full)
            throw new FfmpegException($"Profile {profile} cannot be gone on with: {Reason(exception)}{full}.", exception) { IsTransient = true };
        else
            FfmpegLog.PartsDoNotFit(_logger, profile, exception is ResumeException ? exception.Message : Reason(exception));

        // What is recorded from now on must not be given beside them.
        await prepared.Request.Checkpoint!.ForgetAsync(TimeSpan.Zero, cancellationToken).ConfigureAwait(false);
    }

    private static bool IsEnded(Exception exception) => exception is FfmpegException { ExitCode: { } code } && FfmpegEnding.IsFromOutside(code);

    /// <returns>What was made, and not published yet.</returns>
    private async Task<(RunDirectory Run, MediaPlaylist Playlist)> GoOnAsync(
        PreparedEncode prepared, ResumableCommand command, IReadOnlyList<EncodePart> parts, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        void Alive() => progress?.Report(new StageProgress("checking"));
        var checkpoint = prepared.Request.Checkpoint!;
        var kept = await KeptSegments.ReadAsync(parts, Alive, cancellationToken).ConfigureAwait(false);
        if (kept.All.Count < parts.Count)
            await checkpoint.ForgetAsync(parts[kept.All.Count].Start, cancellationToken).ConfigureAwait(false);

        var cut = await CutAsync(prepared, command, kept, Alive, cancellationToken).ConfigureAwait(false);
        var run = new RunDirectory(Path.GetFullPath(prepared.Request.OutputDirectory), prepared.Files);
        var encode = new ResumedEncode(prepared, command, run, Ffmpeg, progress, _time);
        try
        {
            var pictures = await EncodeAsync(encode, cut, prepared, cancellationToken).ConfigureAwait(false);
            var playlist = await CheckAsync(prepared, run, pictures, new ErrorTail(), cancellationToken).ConfigureAwait(false);
            return command.IsOnCadence(cut.Rate, playlist)
                ? (run, playlist)
                : throw new ResumeException("key frames behind the joint are at other pictures than where they are forced") { IsProof = true };
        }
        catch (Exception exception)
        {
            run.Dispose();
            // It may end so for a reason that lies here, want of memory for one, and the next attempt must not be the same.
            if (IsEnded(exception) && !encode.HasKept)
                await checkpoint.ForgetAsync(parts[kept.All.Count - 1].Start, cancellationToken).ConfigureAwait(false);
            throw;
        }
    }

    private async Task<long> EncodeAsync(ResumedEncode encode, Cut cut, PreparedEncode prepared, CancellationToken cancellationToken)
    {
        var profile = LogText.Name(prepared.Request.Profile.Name);
        FfmpegLog.GoesOn(_logger, profile, cut.Rate.TimeOf(cut.Kept.Pictures).TotalSeconds, cut.Kept.All.Count, cut.Way);
        IReadOnlyList<VideoSegment> rest;
        try
        {
            rest = await encode.EncodeRestAsync(cut, cancellationToken).ConfigureAwait(false);
        }
        catch (ResumeException exception) when (exception.IsOfCut && cut.Times is not null)
        {
            // The seek may have arrived at another picture. Counting is slower, and cannot.
            cut = cut with { Times = null };
            FfmpegLog.CutsAgain(_logger, profile, cut.Way, exception.Message);
            if (encode.HasKept)
                await prepared.Request.Checkpoint!.ForgetAsync(cut.Rate.TimeOf(cut.Kept.Pictures - 1), cancellationToken).ConfigureAwait(false);
            rest = await encode.EncodeRestAsync(cut, cancellationToken).ConfigureAwait(false);
        }

        return await encode.JoinAsync(cut, rest, cancellationToken).ConfigureAwait(false);
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
        if (!KeptSegments.CanSettle(command.Encoder, rate))
            throw new ResumeException($"at fewer than {KeptSegments.FewestPictures} pictures in {KeptSegments.Overlap} s the rate control of {command.Encoder} does not settle in what is made again");
        var cut = new Cut(kept, rate, source?.Times);
        cut.Validate();
        return kept.All.All(part => part.Facts.RunBegan > 0 || command.IsOnCadence(rate, part.Facts.First)) ? cut : throw new ResumeException("its key frames are not where they were forced");
    }
}
