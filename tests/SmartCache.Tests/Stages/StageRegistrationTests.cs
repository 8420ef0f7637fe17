using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using SmartCache.FFMpegCore;

namespace SmartCache.Tests.Stages;

public sealed class StageRegistrationTests
{
    [Fact]
    public async Task Stages_are_registered_with_their_settings()
    {
        await using var services = new ServiceCollection().AddSmartCache(static options => options.Enabled = "false")
            .UseHttpDownloader(options => options.MaxAttempts = 7)
            .UseFfmpeg(options => options.Crf = 31, options => options.FfprobePath = "ffprobe-nosuch")
            .Services.BuildServiceProvider();

        services.GetRequiredService<IVideoDownloader>().Should().BeOfType<CachingVideoDownloader>();
        var encoder = services.GetRequiredService<IProfileEncoder>();
        var recipe = await encoder.DescribeAsync(new SourceMedia { ContentHash = new string('0', 64), Length = 1 }, new EncodingProfile("720p"));
        recipe.Arguments.Should().Contain("31");
        var probe = async () => await services.GetRequiredService<ISourceProbe>().ProbeAsync("/nosuch");
        await probe.Should().ThrowAsync<FfmpegException>().WithMessage("ffprobe-nosuch*");
    }

    [Fact]
    public void Settings_out_of_range_are_told_all_at_once()
    {
        using var services = new ServiceCollection().AddSmartCache()
            .UseHttpDownloader(options =>
            {
                options.MaxAttempts = 0;
                options.StallTimeout = TimeSpan.Zero;
            })
            .Services.BuildServiceProvider();

        var resolve = services.GetRequiredService<IVideoDownloader>;

        resolve.Should().Throw<OptionsValidationException>().WithMessage("*StallTimeout*MaxAttempts*");
    }

    [Fact]
    [Trait("Found", "M39")]
    public async Task Settings_out_of_range_fail_the_start_of_the_host_and_not_its_first_job()
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.AddSmartCache(static options => options.Enabled = "false")
            .UseHttpDownloader(static options => options.MaxAttempts = 0)
            .UseFfmpeg(static options => options.Crf = -1, static options => options.Timeout = TimeSpan.Zero)
            .UseKubo(static options => options.Rounds = 0);
        using var host = builder.Build();

        var failure = (await host.Invoking(static it => it.StartAsync()).Should().ThrowAsync<AggregateException>()).Which.Flatten();

        failure.InnerExceptions.OfType<OptionsValidationException>().SelectMany(static one => one.Failures).Should()
            .HaveCount(4).And.Contain(static one => one.Contains("MaxAttempts")).And.Contain(static one => one.Contains("Crf"))
            .And.Contain(static one => one.Contains("Timeout")).And.Contain(static one => one.Contains("Rounds"));
    }

    [Fact]
    [Trait("Found", "M39")]
    public async Task Settings_in_range_let_the_host_start_without_making_a_stage()
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.AddSmartCache(static options => options.Enabled = "false").UseHttpDownloader().UseHttpDownloader().UseFfmpeg().UseKubo();
        using var host = builder.Build();

        await host.StartAsync();
        await host.StopAsync();
    }

    [Fact]
    public void Stage_of_the_workers_own_stays()
    {
        var own = new Own();
        using var services = new ServiceCollection().AddSingleton<ISourceProbe>(own).AddSmartCache().UseFfmpeg().Services.BuildServiceProvider();

        services.GetRequiredService<ISourceProbe>().Should().BeSameAs(own);
    }

    private sealed class Own : ISourceProbe
    {
        public ValueTask<IReadOnlyDictionary<string, string>> ProbeAsync(string path, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException();
    }
}
