using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using SmartCache.Diagnostics;
using SmartCache.FFMpegCore.Abstractions;
using SmartCache.FFMpegCore.Commands;
using SmartCache.FFMpegCore.Files;
using SmartCache.FFMpegCore.Results;
using SmartCache.FFMpegCore.Running;
using SmartCache.Profiles;

namespace SmartCache.FFMpegCore;

/// <summary>
/// Encodes one profile to HLS with the ffmpeg program: <c>NAME.m3u8</c> and <c>NAME_00000.ts</c> onwards. A run works in a directory of its own below
/// the output directory. Only when ffmpeg ended well and its playlist is closed, of full duration and without holes, the profile's own old files
/// (its playlist and segments, nothing else) are removed and the new ones moved there. Whatever else happens, ffmpeg and its children are ended before the call returns.
/// Several profiles of one source are made by one ffmpeg that decodes once, where their commands can stand beside one another.
/// </summary>
public sealed partial class FfmpegProfileEncoder : ILadderEncoder, IDisposable
{
    private readonly FfmpegOptions _options;
    private readonly ISourceProbe? _probe;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly FfmpegVersion _version;
    private readonly AuxiliaryFiles _auxiliaries;
    private readonly KeptTraits _traits;

    /// <summary>Creates the encoder.</summary>
    /// <param name="options">Settings; the defaults without. Not to be changed afterwards.</param>
    /// <param name="probe">Tells the source's duration where the request does not, and facts about the result; without, the first is not checked and the second are fewer.</param>
    /// <param name="timeProvider">Clock; the system's without.</param>
    /// <param name="logger">Receives the log; nothing is logged without.</param>
    /// <exception cref="ArgumentException">A setting is out of its range.</exception>
    public FfmpegProfileEncoder(FfmpegOptions? options = null, ISourceProbe? probe = null, TimeProvider? timeProvider = null, ILogger? logger = null)
    {
        _options = (options ?? new FfmpegOptions()).Validated();
        _probe = probe;
        _time = timeProvider ?? TimeProvider.System;
        _logger = logger is null ? NullLogger.Instance : new GuardedLogger(logger);
        _version = new FfmpegVersion(_options.FfmpegPath, _options.AdditionalVersion);
        _auxiliaries = new AuxiliaryFiles(_options.AuxiliaryInputs);
        _traits = new KeptTraits(_logger);
    }

    /// <inheritdoc/>
    /// <exception cref="FfmpegException">The program or an auxiliary input is missing, or the profile cannot be expressed.</exception>
    public async ValueTask<EncodeRecipe> DescribeAsync(SourceMedia source, EncodingProfile profile, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(profile);
        var arguments = new EncodeDescription(profile, _options, source).Build();
        var first = EncodeCommand.Chain(arguments)[0].Encoder;
        return new EncodeRecipe
        {
            Arguments = arguments,
            EncoderVersion = await _version.GetAsync(cancellationToken).ConfigureAwait(false),
            AuxiliaryInputs = await _auxiliaries.HashAsync(cancellationToken).ConfigureAwait(false),
            ExpectedDuration = ExpectedOf(source, profile),
            ExpectedDurationSource = _options.ExpectedDuration is null ? source.DurationSource : null,
            Accept = _options.AcceptFallback ? null : stored => stored.ActualEncoder == first,
        };
    }

    /// <inheritdoc/>
    /// <exception cref="FfmpegException">ffmpeg failed with every encoder of the chain, was ended from outside, or made something that is not whole.</exception>
    public async Task<EncodedProfile> EncodeAsync(
        EncodeRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        var prepared = await PrepareAsync(request, cancellationToken).ConfigureAwait(false);
        var chain = prepared.Chain;
        var started = _time.GetTimestamp();
        for (var i = 0; ; i++)
        {
            FfmpegLog.Begins(_logger, LogText.Name(request.Profile.Name), chain[i].Encoder);
            var resumable = Resumable(prepared, chain[i]);
            if (resumable is not null && await TryGoOnAsync(prepared, resumable, started, progress, cancellationToken).ConfigureAwait(false) is { } whole)
                return whole;

            using var run = new RunDirectory(Path.GetFullPath(request.OutputDirectory), prepared.Files);
            var tail = new ErrorTail();
            var (exitCode, frames) = await RunAsync(prepared, chain[i], resumable, run, tail, progress, cancellationToken).ConfigureAwait(false);
            if (exitCode == 0)
            {
                var playlist = await CheckAsync(prepared, run, frames, tail, cancellationToken).ConfigureAwait(false);
                return await PublishAsync(prepared, chain[i].Encoder, run, playlist, started, cancellationToken).ConfigureAwait(false);
            }

            var failure = FfmpegEnding.Failure(exitCode, $"encoding profile {request.Profile.Name} with {chain[i].Encoder}", tail);
            if (i + 1 == chain.Count || failure.IsTransient)
                throw failure;
            FfmpegLog.FallsBack(_logger, chain[i].Encoder, LogText.Name(request.Profile.Name), chain[i + 1].Encoder, failure.Message);
        }
    }

    /// <summary>Frees what the encoder holds; running encodes are not ended by it.</summary>
    public void Dispose() => _version.Dispose();

    private async Task<PreparedEncode> PrepareAsync(EncodeRequest request, CancellationToken cancellationToken)
    {
        var source = request.Source.Media ?? await ProbedAsync(request.Source, cancellationToken).ConfigureAwait(false);
        var recipe = request.Recipe ?? await DescribeAsync(source, request.Profile, cancellationToken).ConfigureAwait(false);
        return new PreparedEncode(
            request, source, ExpectedDuration.Of(recipe, source), new ProfileFiles(request.Profile.Name), EncodeCommand.Chain(recipe.Arguments), recipe.EncoderVersion ?? "");
    }

    /// <summary>Moves what a run has made of a profile, and what was found whole, to where it was asked for.</summary>
    private async Task<EncodedProfile> PublishAsync(
        PreparedEncode prepared, string encoder, RunDirectory run, MediaPlaylist playlist, long started, CancellationToken cancellationToken)
    {
        var (request, source, files) = (prepared.Request, prepared.Source, prepared.Files);
        var properties = await PropertiesAsync(run.Path, playlist, cancellationToken).ConfigureAwait(false);
        if (_options is { VideoFilter: null, Output: null } && encoder != ExtraArguments.Copy)
            _traits.Note(request, source.Facts, properties);
        cancellationToken.ThrowIfCancellationRequested();
        run.Publish();
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

    private TimeSpan? ExpectedOf(SourceMedia source, EncodingProfile profile)
    {
        if (_options.ExpectedDuration is { } told)
            return told(source, profile);
        return source.Duration > _options.MaxDuration ? _options.MaxDuration : source.Duration;
    }

    /// <summary>Checks what a run that ended well has made of a profile.</summary>
    private async Task<MediaPlaylist> CheckAsync(PreparedEncode prepared, RunDirectory run, long? frames, ErrorTail tail, CancellationToken cancellationToken)
    {
        var profile = prepared.Request.Profile;
        try
        {
            return await EncodeCheck.RunAsync(run.Path, prepared.Files, prepared.Expected, frames, profile, _logger, cancellationToken).ConfigureAwait(false);
        }
        catch (FfmpegException exception)
        {
            var full = tail.FullDisk;
            throw new FfmpegException($"ffmpeg ended well, but its encode of profile {profile.Name} is not whole: {exception.Message}.{tail}", full ?? exception.InnerException)
            {
                IsTransient = full is not null || exception.IsTransient,
            };
        }
    }

    private async Task<SourceMedia> ProbedAsync(DownloadedVideo source, CancellationToken cancellationToken) =>
        new() { ContentHash = "", Length = source.Length, Facts = await TryProbeAsync(source.Path, cancellationToken).ConfigureAwait(false) ?? new Dictionary<string, string>() };

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

    private async Task<Dictionary<string, string>> PropertiesAsync(string directory, MediaPlaylist playlist, CancellationToken cancellationToken)
    {
        var properties = EncodeProperties.Of(playlist);
        var facts = await TryProbeAsync(Path.Combine(directory, playlist.Segments[0].File), cancellationToken).ConfigureAwait(false);
        EncodeProperties.AddFacts(properties, facts);
        return properties;
    }
}
