using Microsoft.Extensions.DependencyInjection;
using SmartCache.Stages;

namespace SmartCache.Tests.Stages;

public sealed class StageRegistrationTests
{
    [Fact]
    public async Task Stages_are_registered_with_their_settings()
    {
        await using var services = new ServiceCollection()
            .AddSmartCacheHttpDownloader(options => options.MaxAttempts = 7)
            .AddSmartCacheFfmpeg(options => options.Crf = 31, options => options.FfprobePath = "ffprobe-nosuch")
            .BuildServiceProvider();

        services.GetRequiredService<IVideoDownloader>().Should().BeOfType<HttpVideoDownloader>();
        var encoder = services.GetRequiredService<IProfileEncoder>();
        var recipe = await encoder.DescribeAsync(new SourceMedia(new string('0', 64), 1, new Dictionary<string, string>()), new EncodingProfile("720p"));
        recipe.Arguments.Should().Contain("31");
        var probe = async () => await services.GetRequiredService<ISourceProbe>().ProbeAsync("/nosuch");
        await probe.Should().ThrowAsync<FfmpegException>().WithMessage("ffprobe-nosuch*");
    }

    [Fact]
    public void Settings_out_of_range_are_told_all_at_once()
    {
        using var services = new ServiceCollection()
            .AddSmartCacheHttpDownloader(options =>
            {
                options.MaxAttempts = 0;
                options.StallTimeout = TimeSpan.Zero;
            })
            .BuildServiceProvider();

        var resolve = services.GetRequiredService<IVideoDownloader>;

        resolve.Should().Throw<ArgumentException>().WithMessage("*StallTimeout*MaxAttempts*");
    }

    [Fact]
    public void Stage_of_the_workers_own_stays()
    {
        var own = new Own();
        using var services = new ServiceCollection().AddSingleton<ISourceProbe>(own).AddSmartCacheFfmpeg().BuildServiceProvider();

        services.GetRequiredService<ISourceProbe>().Should().BeSameAs(own);
    }

    private sealed class Own : ISourceProbe
    {
        public ValueTask<IReadOnlyDictionary<string, string>> ProbeAsync(string path, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException();
    }
}
