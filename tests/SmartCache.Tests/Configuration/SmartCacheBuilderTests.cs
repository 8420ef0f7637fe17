using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace SmartCache.Tests.Configuration;

/// <summary>Who decorates which stage, and when.</summary>
public sealed class SmartCacheBuilderTests : IDisposable
{
    private readonly RecordingLogger _log = new();
    private readonly string _directory = Directory.CreateTempSubdirectory("smartcache-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Stages_given_to_the_builder_are_decorated_in_any_order()
    {
        var services = new ServiceCollection();
        services.AddSmartCache().UseDownloader<Stage>().Configure(static options => options.MaxSize = "1GB").UseEncoder(static _ => new Stage()).UseUploader<Stage>();
        using var container = services.BuildServiceProvider();

        container.GetRequiredService<IVideoDownloader>().Should().BeOfType<CachingVideoDownloader>();
        container.GetRequiredService<IProfileEncoder>().Should().BeOfType<CachingProfileEncoder>();
        container.GetRequiredService<IIpfsUploader>().Should().BeOfType<ResumingIpfsUploader>();
    }

    [Fact]
    public async Task Host_decorates_all_that_is_registered_when_it_is_built()
    {
        var builder = Builder();
        builder.AddSmartCache(options => options.Directory = _directory);
        builder.Services.AddSingleton<IVideoDownloader, Stage>();
        builder.Services.AddScoped<IProfileEncoder, Stage>();
        using var host = builder.Build();
        await host.StartAsync();

        using var scope = host.Services.CreateScope();
        scope.ServiceProvider.GetRequiredService<IVideoDownloader>().Should().BeOfType<CachingVideoDownloader>();
        scope.ServiceProvider.GetRequiredService<IProfileEncoder>().Should().BeOfType<CachingProfileEncoder>();
        _log.Of(620).Concat(_log.Of(621)).Should().BeEmpty();
        await host.StopAsync();
    }

    [Theory]
    [InlineData("Development", true)]
    [InlineData("Production", false)]
    public void Host_keeps_its_validation_of_scopes(string environment, bool validates)
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { EnvironmentName = environment, ContentRootPath = _directory });
        builder.AddSmartCache(options => options.Directory = _directory);
        builder.Services.AddScoped<Scoped>().AddSingleton<Captive>();

        var build = () => builder.Build().Dispose();

        if (validates)
        {
            build.Should().Throw<AggregateException>().WithMessage("*scoped service*");
        }
        else
        {
            build.Should().NotThrow();
        }
    }

    [Fact]
    public void Building_another_host_does_not_decorate()
    {
        var builder = Builder();
        builder.AddSmartCache();
        builder.Services.AddSingleton<IVideoDownloader, Stage>();
        var before = builder.Services.Count;

        Builder().Build().Dispose();

        builder.Services.Should().HaveCount(before);
        using var host = builder.Build();
        builder.Services.Count.Should().BeGreaterThan(before);
    }

    [Fact]
    public void Later_calls_change_nothing_twice()
    {
        var builder = Builder();
        builder.AddSmartCache().UseDownloader<Stage>();
        builder.AddSmartCache();
        builder.Services.AddSmartCache();
        using var host = builder.Build();

        builder.Services.Where(static service => service.ServiceType == typeof(IVideoDownloader)).Should().HaveCount(2, "there are the stage and its decorator");
        host.Services.GetServices<IVideoDownloader>().Should().ContainSingle();
        host.Services.GetServices<IHostedService>().Select(static service => service.GetType()).Should().OnlyHaveUniqueItems();
    }

    [Fact]
    public void Decorator_of_the_workers_own_lies_inside_the_cache_of_a_host()
    {
        var builder = Builder();
        builder.AddSmartCache().UseDownloader<Stage>();
        object? inner = null;
        var stage = builder.Services.Single(static service => service.ServiceType == typeof(IVideoDownloader));
        builder.Services.Remove(stage);
        builder.Services.AddSingleton<IVideoDownloader>(provider =>
        {
            inner = ActivatorUtilities.CreateInstance(provider, stage.ImplementationType!);
            return new Stage();
        });
        using var host = builder.Build();

        host.Services.GetRequiredService<IVideoDownloader>().Should().BeOfType<CachingVideoDownloader>();

        inner.Should().BeOfType<Stage>("a cache around a cache waits for itself");
    }

    [Fact]
    public async Task Stage_that_bypasses_the_cache_is_named_with_the_line_to_move()
    {
        var builder = Builder();
        builder.Services.AddSmartCache(options => options.Directory = _directory);
        builder.Services.AddSingleton<IVideoDownloader, Stage>();
        builder.Services.AddKeyedScoped<IProfileEncoder>("slow", static (_, _) => new Stage());
        builder.Services.AddKeyedTransient<IIpfsUploader, Stage>(KeyedService.AnyKey);
        using var host = builder.Build();

        await host.StartAsync();

        _log.Of(620).Should().HaveCount(3)
            .And.Contain(static line => line.StartsWith("Stage, registered as IVideoDownloader, bypasses") && line.EndsWith("Move this line above it: services.AddSingleton<IVideoDownloader, Stage>()"))
            .And.Contain(static line => line.EndsWith("Move this line above it: services.AddKeyedScoped<IProfileEncoder>(\"slow\", …)"))
            .And.Contain(static line => line.StartsWith("Stage, registered as IIpfsUploader with the key KeyedService.AnyKey, bypasses") && line.Contains("cannot be decorated"));
        await host.StopAsync();
    }

    [Fact]
    public async Task Stage_that_a_container_of_the_hosts_own_adds_is_named_at_start()
    {
        var builder = Builder();
        builder.AddSmartCache(options => options.Directory = _directory);
        builder.ConfigureContainer(new AddingFactory());
        using var host = builder.Build();

        await host.StartAsync();

        _log.Of(620).Should().ContainSingle().Which.Should().StartWith("Stage, registered as IVideoDownloader, bypasses");
        await host.StopAsync();
    }

    private HostApplicationBuilder Builder()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { ContentRootPath = _directory });
        builder.Logging.AddProvider(_log);
        return builder;
    }

    private sealed class AddingFactory : IServiceProviderFactory<IServiceCollection>
    {
        private readonly DefaultServiceProviderFactory _factory = new();

        public IServiceCollection CreateBuilder(IServiceCollection services) => services.AddSingleton<IVideoDownloader, Stage>();

        public IServiceProvider CreateServiceProvider(IServiceCollection containerBuilder) => _factory.CreateServiceProvider(containerBuilder);
    }

    private sealed class Scoped;

    private sealed class Captive(Scoped scoped)
    {
        public Scoped Scoped => scoped;
    }

    private sealed class Stage : IVideoDownloader, IProfileEncoder, IIpfsUploader
    {
        public Task<DownloadedVideo> DownloadAsync(DownloadRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException();

        public ValueTask<EncodeRecipe> DescribeAsync(SourceMedia source, EncodingProfile profile, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException();

        public Task<EncodedProfile> EncodeAsync(EncodeRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException();

        public Task<UploadResult> UploadAsync(UploadRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException();
    }
}
