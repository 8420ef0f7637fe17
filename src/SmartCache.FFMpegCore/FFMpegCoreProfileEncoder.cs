using global::FFMpegCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using SmartCache.Diagnostics;
using SmartCache.Profiles;
using SmartCache.Stages;
using SmartCache.Stages.Ffmpeg;

namespace SmartCache.FFMpegCore;

/// <summary>
/// Encodes one profile to HLS (MPEG-TS) with FFMpegCore: <c>NAME.m3u8</c> and <c>NAME_00000.ts</c> onwards. A run works in a directory of its own below the
/// output directory. Only when ffmpeg ended well and its playlist is closed, of full duration and without holes, the profile's own old files
/// (its playlist and segments, nothing else) are removed and the new ones moved there. Whatever else happens, ffmpeg has ended before the call returns.
/// </summary>
public sealed class FFMpegCoreProfileEncoder : IProfileEncoder, IDisposable
{
    private readonly FFMpegCoreOptions _options;
    private readonly FFOptions _ffOptions;
    private readonly string _program;
    private readonly ISourceProbe? _probe;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly FfmpegVersion _version;
    private readonly AuxiliaryFiles _auxiliaries;

    /// <summary>Creates the encoder.</summary>
    /// <param name="options">Settings. Not to be changed afterwards.</param>
    /// <param name="probe">Tells the source's facts where the request does not, and facts about the result; without, a duration that nobody tells is not checked.</param>
    /// <param name="timeProvider">Clock; the system's without.</param>
    /// <param name="logger">Receives the log; nothing is logged without.</param>
    /// <exception cref="ArgumentException">A setting is missing or out of its range.</exception>
    public FFMpegCoreProfileEncoder(FFMpegCoreOptions options, ISourceProbe? probe = null, TimeProvider? timeProvider = null, ILogger? logger = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options.Validated();
        _ffOptions = (options.FFOptions ?? GlobalFFOptions.Current).Clone();
        _program = GlobalFFOptions.GetFFMpegBinaryPath(_ffOptions);
        _probe = probe;
        _time = timeProvider ?? TimeProvider.System;
        _logger = logger is null ? NullLogger.Instance : new GuardedLogger(logger);
        _version = new FfmpegVersion(_program, _options.AdditionalVersion);
        _auxiliaries = new AuxiliaryFiles(_options.AuxiliaryInputs);
    }

    /// <inheritdoc/>
    /// <exception cref="FfmpegException">The program or an auxiliary input is missing, or the profile's name gives no file name.</exception>
    public async ValueTask<EncodeRecipe> DescribeAsync(SourceMedia source, EncodingProfile profile, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(profile);
        return new EncodeRecipe
        {
            Arguments = HlsCommand.Describe(_options, source, profile),
            EncoderVersion = await _version.GetAsync(cancellationToken).ConfigureAwait(false),
            AuxiliaryInputs = await _auxiliaries.HashAsync(cancellationToken).ConfigureAwait(false),
            ExpectedDuration = _options.ExpectedDuration is { } expected ? expected(source, profile) : source.Duration,
        };
    }

    /// <inheritdoc/>
    /// <exception cref="FfmpegException">ffmpeg failed, was ended from outside, or made something that is not whole.</exception>
    public async Task<EncodedProfile> EncodeAsync(
        EncodeRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        var source = request.Source.Media ?? await ProbedAsync(request.Source, cancellationToken).ConfigureAwait(false);
        var recipe = request.Recipe ?? await DescribeAsync(source, request.Profile, cancellationToken).ConfigureAwait(false);
        var encoder = HlsCommand.EncoderOf(recipe.Arguments);
        var files = new ProfileFiles(request.Profile.Name);
        var started = _time.GetTimestamp();

        FfmpegLog.Begins(_logger, LogText.Name(request.Profile.Name), encoder);
        using var directory = new RunDirectory(Path.GetFullPath(request.OutputDirectory), files);
        var playlist = await RunAsync(request, recipe, ExpectedDuration.Of(recipe, source), directory, files, progress, cancellationToken).ConfigureAwait(false);
        var properties = EncodeProperties.Of(playlist);
        EncodeProperties.AddFacts(properties, await TryProbeAsync(Path.Combine(directory.Path, playlist.Segments[0].File), cancellationToken).ConfigureAwait(false));
        cancellationToken.ThrowIfCancellationRequested();
        directory.Publish();
        FfmpegLog.Done(
            _logger, LogText.Name(request.Profile.Name), encoder, playlist.Segments.Count, playlist.Duration.TotalSeconds, _time.GetElapsedTime(started).TotalSeconds);
        return new EncodedProfile
        {
            Name = request.Profile.Name,
            Directory = request.OutputDirectory,
            Playlist = files.Playlist,
            Duration = playlist.Duration,
            ActualEncoder = encoder,
            Properties = properties,
        };
    }

    /// <summary>Frees what the encoder holds; running encodes are not ended by it.</summary>
    public void Dispose() => _version.Dispose();

    private async Task<MediaPlaylist> RunAsync(
        EncodeRequest request,
        EncodeRecipe recipe,
        ExpectedDuration? expected,
        RunDirectory directory,
        ProfileFiles files,
        IProgress<StageProgress>? progress,
        CancellationToken cancellationToken)
    {
        using var run = new FFMpegRun(progress, expected?.Length);
        try
        {
            var processor = HlsCommand.Fill(recipe.Arguments, Path.GetFullPath(request.Source.Path), _auxiliaries.Paths);
            await run.RunAsync(processor, OptionsOf(directory), cancellationToken).ConfigureAwait(false);
            return await EncodeCheck.RunAsync(directory.Path, files, expected, run.Frames, request.Profile, _logger, cancellationToken).ConfigureAwait(false);
        }
        catch (FfmpegException exception)
        {
            throw new FfmpegException($"Encoding profile {request.Profile.Name} failed: {exception.Message}.{run.Tail}", run.Tail.FullDisk ?? exception.InnerException) { ExitCode = exception.ExitCode };
        }
    }

    // The program that was asked for its version is the one that is run, in the directory of its run.
    private FFOptions OptionsOf(RunDirectory directory)
    {
        var options = _ffOptions.Clone();
        options.BinaryFolder = Path.GetDirectoryName(ProgramPath.Find(_program)) ?? throw new FfmpegException("ffmpeg was not found");
        options.WorkingDirectory = directory.Path;
        return options;
    }

    private async Task<SourceMedia> ProbedAsync(DownloadedVideo source, CancellationToken cancellationToken) =>
        new("", source.Length, await TryProbeAsync(source.Path, cancellationToken).ConfigureAwait(false) ?? new Dictionary<string, string>());

    // Not knowing a fact is no reason to fail; the probe may not understand what ffmpeg does.
    private async Task<IReadOnlyDictionary<string, string>?> TryProbeAsync(string path, CancellationToken cancellationToken)
    {
        if (_probe is null)
            return null;

        try
        {
            return await _probe.ProbeAsync(path, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested && exception is not FfmpegException { IsListOfFiles: true })
        {
            return null;
        }
    }
}
