using AdoptionFFMpegCore;
using global::FFMpegCore;
using global::FFMpegCore.Enums;
using Microsoft.Extensions.DependencyInjection;
using SmartCache.Stages;
using SmartCache.Tests.Stages;
using SmartCache.Tests.Stages.Ffmpeg;

namespace SmartCache.FFMpegCore.Tests;

[Collection(TinyMediaCollection.Name)]
public sealed class EncodeTests(TinyMedia media)
{
    // Nothing but its end from outside ends this run, so that it is met in its middle.
    private const string Endless = "[ -e \"$0.mended\" ] || set -- -re -stream_loop -1 \"$@\"";

    private static readonly TimeSpan s_guard = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task Retry_of_an_encode_is_given_its_files_and_starts_no_ffmpeg()
    {
        await using var worker = new Worker(AddReadyMade);

        var first = await worker.EncodeAsync(media.WithAudio, "first");
        await worker.Cache.FlushAsync();
        var second = await worker.EncodeAsync(media.WithAudio, "second");

        (first.Outcome, second.Outcome).Should().Be((CacheOutcome.Miss, CacheOutcome.Hit));
        worker.Starts.Should().ContainSingle();
        worker.Files("second").Should().Equal("144p.m3u8", "144p_00000.ts").And.Equal(worker.Files("first"));
        foreach (var file in worker.Files("first"))
            (await File.ReadAllBytesAsync(Path.Combine(worker["second"], file))).Should().Equal(await File.ReadAllBytesAsync(Path.Combine(worker["first"], file)));
        second.Properties.Should().BeEquivalentTo(first.Properties).And.Contain(MediaFacts.Height, "144").And.Contain(MediaFacts.AudioCodec, "aac");
    }

    [Fact]
    public async Task Other_output_options_are_another_encode()
    {
        var quality = 23;
        await using var worker = new Worker((services, programs) => services
            .AddSmartCacheFFMpegCore(options =>
            {
                options.FFOptions = programs;
                options.Output = (output, _, _) => Output(output, quality);
            })
            .AddSmartCache());
        await worker.EncodeAsync(media.Silent, "first");
        await worker.Cache.FlushAsync();

        quality = 30;
        var second = await worker.EncodeAsync(media.Silent, "second");

        second.Outcome.Should().Be(CacheOutcome.Miss);
        worker.Starts.Should().HaveCount(2);
    }

    [Fact]
    public async Task Cancelled_encode_ends_ffmpeg_leaves_no_file_and_is_done_anew()
    {
        await using var worker = new Worker(AddReadyMade, before: Endless);
        using var cancel = new CancellationTokenSource();
        var began = new ProgressList { OnReport = _ => cancel.Cancel() };

        await worker.Invoking(w => w.EncodeAsync(media.Slow, "first", began, cancel.Token).WaitAsync(s_guard)).Should().ThrowAsync<OperationCanceledException>();

        Directory.Exists($"/proc/{worker.Starts.Single()}").Should().BeFalse();
        worker.Files("first").Should().BeEmpty();
        await worker.Cache.FlushAsync();
        await File.WriteAllTextAsync(worker["programs/ffmpeg.mended"], "");
        (await worker.EncodeAsync(media.Slow, "second")).Outcome.Should().Be(CacheOutcome.Miss);
    }

    [Fact]
    public async Task Listener_that_throws_ends_the_encode_with_its_exception()
    {
        await using var worker = new Worker(AddReadyMade, before: Endless);
        var listener = new ProgressList { OnReport = _ => throw new InvalidOperationException("the listener's") };

        await worker.Encoder.Invoking(_ => worker.EncodeAsync(media.Slow, "first", listener).WaitAsync(s_guard)).Should().ThrowAsync<InvalidOperationException>().WithMessage("the listener's");
    }

    [Fact]
    public async Task Failed_encode_tells_exit_code_and_reason_and_is_not_stored()
    {
        await using var worker = new Worker(AddReadyMade, before: "[ -e \"$0.mended\" ] || { echo 'Error: no such luck' >&2; exit 7; }");

        var failed = await worker.Invoking(w => w.EncodeAsync(media.WithAudio, "first")).Should().ThrowAsync<FfmpegException>();

        failed.Which.Should().Match<FfmpegException>(e => e.ExitCode == 7 && e.Message.Contains("144p") && e.Message.Contains("no such luck"));
        worker.Files("first").Should().BeEmpty();
        await File.WriteAllTextAsync(worker["programs/ffmpeg.mended"], "");
        (await worker.EncodeAsync(media.WithAudio, "second")).Outcome.Should().Be(CacheOutcome.Miss);
    }

    [Fact]
    public async Task Encoder_class_that_is_there_already_is_wrapped()
    {
        await using var worker = new Worker(static (services, programs) => services
            .AddSingleton(new HlsTranscoder(Speed.UltraFast))
            .AddSingleton(new FfmpegVersion(Path.Combine(programs.BinaryFolder, "ffmpeg")))
            .AddSingleton<IProfileEncoder, HlsTranscoderEncoder>()
            .AddSingleton<ISourceProbe>(new FFMpegCoreSourceProbe(programs))
            .AddSmartCache());

        var first = await worker.EncodeAsync(media.WithAudio, "first");
        await worker.Cache.FlushAsync();
        var second = await worker.EncodeAsync(media.WithAudio, "second");

        (first.Outcome, second.Outcome).Should().Be((CacheOutcome.Miss, CacheOutcome.Hit));
        worker.Files("second").Should().Contain(HlsTranscoder.Playlist).And.Equal(worker.Files("first"));
    }

    private static void AddReadyMade(IServiceCollection services, FFOptions programs)
    {
        services.AddReadyMadeEncoder();
        services.Configure<FFMpegCoreOptions>(options => options.FFOptions = programs);
    }

    private static void Output(FFMpegArgumentOptions output, int quality) => output.WithVideoCodec("libx264").WithSpeedPreset(Speed.UltraFast).WithConstantRateFactor(quality);
}
