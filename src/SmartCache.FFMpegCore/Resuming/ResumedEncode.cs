using SmartCache.FFMpegCore.Commands;
using SmartCache.FFMpegCore.Files;
using SmartCache.FFMpegCore.Results;
using SmartCache.FFMpegCore.Running;

namespace SmartCache.FFMpegCore.Resuming;

/// <summary>
/// One profile, from the segments that are there and a run for the rest. The run begins some seconds early: so its rate control is warm at the joint, and the joint can be
/// looked at. Sound is encoded anew as a whole, because a joint in it clicks.
/// </summary>
/// <param name="encode">What is made.</param>
/// <param name="command">How.</param>
/// <param name="run">Where. What is not part of the result is in a directory of its own below it, and gone at the end.</param>
/// <param name="ffmpeg">The program.</param>
/// <param name="progress">Gets the reports.</param>
/// <param name="time">Clock of the signs of life.</param>
internal sealed class ResumedEncode(
    PreparedEncode encode, ResumableCommand command, RunDirectory run, string ffmpeg, IProgress<StageProgress>? progress, TimeProvider time)
{
    private const string Scratch = "rest";

    private readonly string _source = Path.GetFullPath(encode.Request.Source.Path);

    // Of the run that has made the rest.
    private RunSegments? _segments;

    /// <summary>Whether segments were kept that were not there before.</summary>
    public bool HasKept { get; private set; }

    /// <summary>Encodes the pictures from a cut on.</summary>
    /// <returns>Their segments; the first is what was there already.</returns>
    /// <exception cref="ResumeException">They do not fit to what is there.</exception>
    /// <exception cref="FfmpegException">ffmpeg failed.</exception>
    public async Task<IReadOnlyList<VideoSegment>> EncodeRestAsync(Cut cut, CancellationToken cancellationToken)
    {
        var directory = $"{Scratch}/{(cut.Times is null ? "count" : "seek")}";
        var path = Path.Combine(run.Path, directory);
        Directory.CreateDirectory(path);
        HasKept = false;
        var made = new List<VideoSegment>();
        var segments = _segments = new RunSegments(path, encode.Files, command.IsFragmented);
        var keeper = new SegmentKeeper(encode.Request.Checkpoint!, segments, (cut.Picture, cut.Rate.TimeOf(cut.Picture)));
        var tail = new ErrorTail();
        var last = default(PictureCounts);
        using var watch = new SegmentWatch(segments.PathOf, FinishedAsync, cancellationToken);
        var reader = new EncodeProgress(progress, encode.Expected?.Length)
        {
            TimeOf = picture => cut.Rate.TimeOf(cut.Picture + picture),
            OnBlock = (counts, isLast) => watch.Look(last = counts, isLast),
        };
        reader.Begin();
        var exitCode = await watch.RunAsync(
            end => ChildProcess.RunAsync(ffmpeg, command.Rest(_source, cut, directory), run.Path, reader.Read, tail.Add, end, new SilentWork(time, reader.Work)),
            looksAfterSuccess: true).ConfigureAwait(false);
        if (exitCode != 0)
            throw FfmpegEnding.Failure(exitCode, $"going on with profile {encode.Request.Profile.Name}", tail);

        RefuseUneven(last);
        if (made.Count == 0)
            throw new ResumeException("the source ends at the joint") { IsProof = true, IsOfCut = true };
        Add(await segments.ReadAsync(segments.PathOf(watch.Count), cancellationToken).ConfigureAwait(false));
        var pictures = made.Sum(static segment => (long)segment.Pictures);
        if (pictures != reader.Frames)
            throw new FfmpegException($"the segments of the rest hold {pictures} video frames of {reader.Frames}");
        return pictures == (cut.Expected ?? pictures)
            ? made
            : throw new ResumeException($"the rest has {pictures} pictures, and the source {cut.Expected}") { IsProof = true, IsOfCut = true };

        async Task FinishedAsync(string file, PictureCounts counts, CancellationToken end)
        {
            RefuseUneven(counts);
            var segment = await segments.ReadAsync(file, end).ConfigureAwait(false);
            Add(segment);
            if (made.Count > 1)
            {
                await keeper.KeepAsync(segment, cut.Kept.Counts, end).ConfigureAwait(false);
                HasKept |= keeper.HasKept;
                return;
            }

            await new JointCheck(ffmpeg, path, segments).RunAsync(cut, segment, end).ConfigureAwait(false);
            keeper.Pass(segment);
        }

        // A hole between two segments does not show in the result, which gets counters of its own.
        void Add(VideoSegment segment)
        {
            if (made.Count > 0 && !segment.Follows(made[^1]))
                throw new FfmpegException("a segment of the rest has a hole at its end");
            made.Add(segment);
        }
    }

    /// <summary>Makes the result of what is there and of the rest.</summary>
    /// <returns>How many pictures it must have.</returns>
    /// <exception cref="FfmpegException">ffmpeg failed.</exception>
    public async Task<long> JoinAsync(Cut cut, IReadOnlyList<VideoSegment> rest, CancellationToken cancellationToken)
    {
        string pictures;
        var next = cut.Kept.Pictures;
        var buffer = command.Buffer();
        using (var stream = await _segments!.CreateAsync(Path.Combine(run.Path, Scratch, "pictures"), cut.Rate, buffer, cancellationToken).ConfigureAwait(false))
        {
            pictures = $"{Scratch}/{Path.GetFileName(stream.Path)}";
            await stream.BeginAsync(rest[0], cancellationToken).ConfigureAwait(false);
            foreach (var (video, facts) in cut.Kept.All)
                await AddAsync(stream, video, facts.First).ConfigureAwait(false);
            var ranEmpty = buffer?.RanEmpty() == true;
            foreach (var segment in rest.Skip(1))
            {
                await AddAsync(stream, segment, next).ConfigureAwait(false);
                next += segment.Pictures;
                File.Delete(segment.Path);
            }

            // One that runs empty before the joint does so in an encode that is not interrupted too.
            if (!ranEmpty && buffer?.RanEmpty() == true)
                throw new ResumeException("a decoder's buffer would run empty behind the joint");
        }

        var tail = new ErrorTail();
        var isCut = false;
        var reader = new EncodeProgress(progress, expected: null) { Phase = "joining" };
        var exitCode = await ChildProcess.RunAsync(ffmpeg, command.Join(_source, pictures, cut.Rate), run.Path, reader.Read, Hear, cancellationToken).ConfigureAwait(false);
        if (exitCode != 0)
            throw FfmpegEnding.Failure(exitCode, $"joining profile {encode.Request.Profile.Name}", tail);
        if (isCut)
            throw new ResumeException("the source could not be read to its end, and so there is not all of its sound") { IsProof = true };
        await _segments.DescribeAsync(run.Path, cancellationToken).ConfigureAwait(false);
        Directory.Delete(Path.Combine(run.Path, Scratch), recursive: true);
        return next;

        // ffmpeg takes an input that it cannot read any more for one that has ended, and ends well. Of the pictures it would show in their number.
        void Hear(string line)
        {
            tail.Add(line);
            isCut |= line.StartsWith(_source + ": ", StringComparison.Ordinal);
        }

        async Task AddAsync(PictureStream stream, VideoSegment segment, long first)
        {
            progress?.Report(new StageProgress("joining"));
            await stream.AddAsync(segment, first, cancellationToken).ConfigureAwait(false);
        }
    }

    private static void RefuseUneven(PictureCounts counts)
    {
        if (!counts.IsNone)
            throw new ResumeException("pictures are doubled or dropped behind the joint");
    }
}
