using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SmartCache.Configuration;
using SmartCache.Hosting;

namespace SmartCache.Tests.Configuration;

public sealed class AddSmartCacheTests : IDisposable
{
    private readonly RecordingLogger _log = new();
    private readonly string _directory = Directory.CreateTempSubdirectory("smartcache-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Invalid_settings_fail_the_start_of_the_host_with_all_failures()
    {
        using var host = Host(services => services.AddSmartCache(), ("Cache:MaxSize", "much"), ("Cache:MaxAge", "24"));
        var start = () => host.StartAsync();
        var failure = (await start.Should().ThrowAsync<OptionsValidationException>()).Which;
        failure.Failures.Should().HaveCount(2).And.Contain(line => line.StartsWith("Cache:MaxSize: \"much\"")).And.Contain(line => line.StartsWith("Cache:MaxAge: \"24\""));
        failure.OptionsType.Should().Be<CacheOptions>();
    }

    [Fact]
    public void Invalid_settings_fail_a_resolution_without_a_host_just_so()
    {
        using var container = new ServiceCollection().AddSmartCache(options => options.MaxSize = "much").Services.BuildServiceProvider();
        var resolve = () => container.GetRequiredService<ICacheSettingsSource>();
        for (var i = 0; i < 2; i++)
        {
            resolve.Should().Throw<OptionsValidationException>().Which.Failures.Should().ContainSingle()
                .Which.Should().StartWith("Cache:MaxSize (set in code): \"much\"");
        }
    }

    [Fact]
    [Trait("Found", "M38")]
    public async Task Nine_wrong_settings_fail_the_start_with_one_line_each()
    {
        (string, string?)[] wrong =
        [
            ("Cache:Sources:Mode", "Sometimes"), ("Cache:MaxSize", "much"), ("Cache:MinFreeSpace", "120%"), ("Cache:MaxAge", "24"), ("Cache:EvictionPolicy", "NONE"),
            ("Cache:Materialize", "Steal"), ("Cache:Integrity", "7"), ("Cache:DirectoryMode", "999"), ("Cache:LockTimeout", "-1s"),
        ];
        using var host = Host(services => services.AddSmartCache(), wrong);

        var message = (await host.Invoking(static it => it.StartAsync()).Should().ThrowAsync<OptionsValidationException>()).Which.Message;

        var lines = message.Split(Environment.NewLine)[1..];
        lines.Should().HaveCount(wrong.Length);
        wrong.Should().OnlyContain(setting => lines.Count(line => line.StartsWith("  " + setting.Item1, StringComparison.Ordinal)) == 1);
        _log.Lines.Should().BeEmpty("the host logs what ends its start");
    }

    [Fact]
    public async Task Invalid_settings_with_Disable_start_a_host_whose_cache_is_off()
    {
        using var host = Host(services => services.AddSmartCache(), ("Cache:MaxSize", "much"), ("Cache:OnInvalidSettings", "Disable"));
        await host.StartAsync();
        host.Services.GetRequiredService<ICacheSettingsSource>().Current.Enabled.Should().BeFalse();
        _log.Of(601).Should().ContainSingle();
        await host.StopAsync();
    }

    [Fact]
    public void A_bare_container_without_configuration_and_logging_has_the_defaults()
    {
        using var container = new ServiceCollection().AddSmartCache().Services.BuildServiceProvider(validateScopes: true);
        container.GetRequiredService<ICacheSettingsSource>().Current.Should().Be(CacheSettings.ForRoot("./cache"));
    }

    [Fact]
    public void Settings_in_code_are_taken_with_and_without_a_configuration()
    {
        using var container = new ServiceCollection().AddSmartCache(options => options.MaxAge = "2h").Services.AddSmartCache(options => options.MaxSize = "1GB").Services.BuildServiceProvider();
        var settings = container.GetRequiredService<ICacheSettingsSource>().Current;
        (settings.MaxAge, settings.MaxSize).Should().Be((TimeSpan.FromHours(2), 1_000_000_000));
    }

    [Fact]
    public void A_configuration_that_is_passed_goes_before_the_containers()
    {
        var passed = new EditableSettings(("Cache:MaxSize", "1GB")).Root;
        using var container = new ServiceCollection()
            .AddSingleton<IConfiguration>(new EditableSettings(("Cache:MaxSize", "2GB")).Root)
            .AddSmartCache(passed).Services.BuildServiceProvider();
        container.GetRequiredService<ICacheSettingsSource>().Current.MaxSize.Should().Be(1_000_000_000);
    }

    [Fact]
    public void The_section_itself_is_not_taken_for_the_root()
    {
        var root = new EditableSettings(("Cache:MaxSize", "1GB"), ("Worker:Cache:MaxSize", "2GB")).Root;
        var pass = () => new ServiceCollection().AddSmartCache(root.GetSection("Cache"));
        pass.Should().Throw<ArgumentException>().WithMessage("*contains the section Cache*");
        using var container = new ServiceCollection().AddSmartCache(root.GetSection("Worker")).Services.BuildServiceProvider();
        container.GetRequiredService<ICacheSettingsSource>().Current.MaxSize.Should().Be(2_000_000_000);
    }

    [Fact]
    public void The_options_themselves_are_there_for_whoever_wants_them()
    {
        var settings = new EditableSettings(("Cache:MaxSize", "1GB"));
        using var container = new ServiceCollection().AddSmartCache(settings.Root).Services.BuildServiceProvider();
        var monitor = container.GetRequiredService<IOptionsMonitor<CacheOptions>>();
        monitor.CurrentValue.MaxSize.Should().Be("1GB");
        settings.Edit(("Cache:MaxSize", "2GB"));
        monitor.CurrentValue.MaxSize.Should().Be("2GB");
    }

    [Fact]
    public void A_second_call_adds_nothing_but_stages_that_came_in_between()
    {
        var services = new ServiceCollection();
        services.AddSingleton<IRelay>(new Relay("a"));
        Add(services);
        var count = services.Count;
        Add(services);
        services.Should().HaveCount(count);
        services.AddSingleton<IRelay>(new Relay("b"));
        Add(services);
        services.Should().HaveCount(count + 2);
        using var container = services.BuildServiceProvider();
        container.GetServices<IRelay>().Select(relay => relay.Name).Should().Equal("[a]", "[b]");
        container.GetServices<IHostedService>().Select(service => service.GetType()).Should().OnlyHaveUniqueItems();
    }

    [Fact]
    public async Task Decorated_stages_are_reported_by_nothing()
    {
        using var host = Host(services => Add(services.AddScoped<IRelay, Relay>(_ => new Relay())));
        await host.StartAsync();
        _log.Lines.Select(line => line.Id).Should().Equal(600);
        await host.StopAsync();
    }

    [Fact]
    public async Task Stages_registered_after_the_call_are_reported_without_being_resolved()
    {
        using var host = Host(services =>
        {
            services.AddSingleton<IRelay>(new Relay());
            Add(services);
            services.AddScoped<IRelay, Relay>(_ => throw new InvalidOperationException("resolved"));
            services.AddKeyedScoped<IRelay, LateRelay>("k");
            services.TryAddSingleton<IRelay, LateRelay>();
        });
        await host.StartAsync();
        _log.Lines.Where(line => line.Level == LogLevel.Error).Should().OnlyContain(line => line.Id == 620);
        _log.Of(620).Should().HaveCount(2).And.Contain(line => line.StartsWith("A factory, registered as IRelay, bypasses"))
            .And.Contain(line => line.StartsWith("LateRelay, registered as IRelay with the key \"k\", bypasses"));
        await host.StopAsync();
    }

    [Fact]
    public async Task A_worker_without_any_stage_is_warned()
    {
        using var host = Host(services => services.AddSmartCache());
        await host.StartAsync();
        _log.Lines.Where(line => line.Level == LogLevel.Warning).Should().ContainSingle()
            .Which.Text.Should().Contain("IVideoDownloader, IProfileEncoder, IIpfsUploader");
        await host.StopAsync();
    }

    private static SmartCacheRegistration Add(IServiceCollection services) =>
        SmartCacheRegistration.AddTo(services, [new StageDecoration(typeof(IRelay), (provider, inner, _) => new RelayDecorator((IRelay)inner, provider))]);

    private IHost Host(Action<IServiceCollection> add, params (string Key, string? Value)[] settings)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { ContentRootPath = _directory });
        builder.Configuration.AddInMemoryCollection(settings.ToDictionary(pair => pair.Key, pair => pair.Value));
        builder.Logging.AddProvider(_log);
        add(builder.Services);
        return builder.Build();
    }

    private sealed class LateRelay : IRelay
    {
        public string Name => "late";
    }
}
