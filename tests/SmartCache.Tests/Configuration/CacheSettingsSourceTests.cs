using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SmartCache.Abstractions;
using SmartCache.Configuration;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Configuration;

public sealed class CacheSettingsSourceTests : IDisposable
{
    private readonly DrivenTime _time = new();
    private readonly RecordingLogger _log = new();
    private readonly List<ServiceProvider> _containers = [];

    public void Dispose() => _containers.ForEach(container => container.Dispose());

    [Fact]
    public void The_start_logs_the_absolute_root_and_where_each_setting_came_from()
    {
        var source = Start(new EditableSettings(("CACHE_MAX_SIZE", "2GB"), ("Cache:MaxAge", "3h"), ("Cache:Directory", "some/where")), services => services.Configure<CacheOptions>(o => o.Integrity = "Full"));

        source.Current.MaxSize.Should().Be(2_000_000_000);
        var line = _log.Of(600).Should().ContainSingle().Subject;
        line.Should().Contain(Path.GetFullPath("some/where"))
            .And.Contain("MaxSize = \"2GB\" (CACHE_MAX_SIZE in EditableSettings)")
            .And.Contain("MaxAge = \"3h\" (Cache:MaxAge in EditableSettings)")
            .And.Contain("Integrity = \"Full\" (code)")
            .And.NotContain("CleanupInterval");
    }

    [Fact]
    public void An_error_names_the_environment_name_that_the_value_came_from()
    {
        var start = () => Start(new EditableSettings(("CACHE_MAX_SIZE", "2 elephants"), ("Cache:MaxSize", "1GB")));
        start.Should().Throw<OptionsValidationException>().Which.Failures.Should().ContainSingle()
            .Which.Should().StartWith("CACHE_MAX_SIZE (Cache:MaxSize): \"2 elephants\" has a unit");
    }

    [Fact]
    public void Code_wins_over_environment_and_section_wherever_it_stands()
    {
        var source = Start(new EditableSettings(("CACHE_MAX_SIZE", "2GB"), ("Cache:MaxSize", "1GB")), services => services.Configure<CacheOptions>(o => o.MaxSize = "3GB"));
        source.Current.MaxSize.Should().Be(3_000_000_000);
    }

    [Fact]
    public void A_good_edit_is_taken_and_logged_once()
    {
        var settings = new EditableSettings(("Cache:MaxSize", "1GB"));
        var source = Start(settings);

        settings.Edit(("Cache:MaxSize", "2GB"), ("Cache:Sources:Mode", "Off"));
        settings.Edit(("Cache:MaxSize", "2GB"), ("Cache:Sources:Mode", "Off"));

        source.Current.MaxSize.Should().Be(2_000_000_000);
        source.Current.SourcesMode.Should().Be(LayerMode.Off);
        _log.Of(603).Should().ContainSingle().Which.Should().Contain("MaxSize \"1GB\" -> \"2GB\"").And.Contain("Sources:Mode default -> \"Off\"");
    }

    [Fact]
    public void A_setting_that_is_taken_out_gets_its_default_back()
    {
        var settings = new EditableSettings(("Cache:MaxSize", "1GB"), ("Cache:MaxAge", "1h"));
        var source = Start(settings);
        settings.Edit(("Cache:MaxAge", "1h"));
        source.Current.MaxSize.Should().Be(50_000_000_000);
        _log.Of(603).Should().ContainSingle().Which.Should().Contain("\"1GB\" -> default");
    }

    [Fact]
    public void A_bad_edit_keeps_the_last_good_settings_and_is_logged_once()
    {
        var settings = new EditableSettings(("Cache:MaxSize", "1GB"));
        var source = Start(settings);

        settings.Edit(("Cache:MaxSize", "none"), ("Cache:MaxAge", "2h"), ("Cache:Integrity", "7"));
        settings.Edit(("Cache:MaxSize", "none"), ("Cache:MaxAge", "2h"), ("Cache:Integrity", "7"));
        _time.Pass(TimeSpan.FromMinutes(1));

        source.Current.Should().BeEquivalentTo(new { MaxSize = 1_000_000_000L, MaxAge = TimeSpan.FromHours(24) }, "nothing of a bad edit is taken");
        _log.Of(604).Should().HaveCount(2).And.Contain(line => line.Contains("Cache:MaxSize: \"none\"")).And.Contain(line => line.Contains("Cache:Integrity: \"7\""));

        settings.Edit(("Cache:MaxSize", "nothing"));
        _log.Of(604).Should().HaveCount(3, "it is another error");
        settings.Edit(("Cache:MaxSize", "3GB"));
        source.Current.MaxSize.Should().Be(3_000_000_000);
        _log.Of(603).Should().ContainSingle();
        settings.Edit(("Cache:MaxSize", "nothing"));
        _log.Of(604).Should().HaveCount(4, "it had been good in between");
        settings.Edit(("Cache:MaxSize", "3GB"));
        _log.Of(605).Should().ContainSingle();
    }

    [Fact]
    public void Settings_that_need_a_restart_keep_their_start_value_and_it_is_said_once()
    {
        var settings = new EditableSettings(("Cache:Directory", "/a"), ("Cache:MaxSize", "1GB"));
        var source = Start(settings);
        (string, string?)[] edited = [("Cache:Directory", "/b"), ("Cache:Locations:Uploads", "/u"), ("Cache:DirectoryMode", "0770"), ("Cache:MaxSize", "2GB")];

        settings.Edit(edited);
        settings.Edit(edited);
        settings.Edit([.. edited[..^1], ("Cache:MaxSize", "3GB")]);

        source.Current.Should().Be(CacheSettings.ForRoot("/a") with { MaxSize = 3_000_000_000 });
        _log.Of(605).Should().BeEmpty();
        _log.Of(606).Should().HaveCount(3).And.Contain(line => line.StartsWith("Cache:Directory was changed"))
            .And.Contain(line => line.StartsWith("Cache:Locations:Uploads was changed")).And.Contain(line => line.StartsWith("Cache:DirectoryMode was changed"));
    }

    [Fact]
    public void Values_that_vanish_unannounced_keep_the_last_good_settings_and_are_logged_once()
    {
        var settings = new EditableSettings(("Cache:MaxSize", "1GB"));
        var source = Start(settings);

        settings.EditUnannounced();
        _time.Pass(TimeSpan.FromSeconds(5));
        _log.Of(607).Should().BeEmpty("the announcement may follow");
        _time.Pass(TimeSpan.FromSeconds(0.25));
        _log.Of(607).Should().ContainSingle();
        _time.Pass(TimeSpan.FromMinutes(1));
        source.Current.MaxSize.Should().Be(1_000_000_000);
        _log.Of(607).Should().ContainSingle();

        settings.Edit(("Cache:MaxSize", "2GB"));
        source.Current.MaxSize.Should().Be(2_000_000_000);
        _log.Of(608).Should().ContainSingle();
        _log.Of(603).Should().ContainSingle();
        settings.EditUnannounced();
        _time.Pass(TimeSpan.FromMinutes(1));
        _log.Of(607).Should().HaveCount(2, "it is broken anew");
    }

    [Fact]
    public void An_overlay_that_vanishes_unannounced_is_noticed_too()
    {
        var overlay = new EditableSettings(("Cache:MaxSize", "2GB"));
        var root = new ConfigurationBuilder().AddInMemoryCollection([new("Cache:MaxSize", "1GB")]).Add(overlay).Build();
        var source = Start(root);
        overlay.EditUnannounced();
        _time.Pass(TimeSpan.FromMinutes(1));
        source.Current.MaxSize.Should().Be(2_000_000_000);
        _log.Of(607).Should().ContainSingle();
    }

    [Fact]
    public void Values_that_are_back_unannounced_are_readable_again()
    {
        var settings = new EditableSettings(("Cache:MaxSize", "1GB"));
        var source = Start(settings);
        settings.EditUnannounced();
        _time.Pass(TimeSpan.FromMinutes(1));
        settings.EditUnannounced(("Cache:MaxSize", "1GB"));
        _time.Pass(TimeSpan.FromMinutes(1));
        _log.Of(607).Should().ContainSingle();
        _log.Of(608).Should().ContainSingle();
    }

    [Fact]
    public void A_change_that_is_announced_a_moment_later_is_no_broken_file()
    {
        var settings = new EditableSettings(("Cache:MaxSize", "1GB"));
        var source = Start(settings);
        settings.EditUnannounced(("Cache:MaxSize", "2GB"));
        _time.Pass(TimeSpan.FromSeconds(5.2));
        settings.Edit(("Cache:MaxSize", "2GB"));
        _time.Pass(TimeSpan.FromMinutes(1));
        _log.Of(607).Should().BeEmpty();
        source.Current.MaxSize.Should().Be(2_000_000_000);
    }

    [Fact]
    public void A_provider_that_announces_that_it_has_nothing_keeps_the_last_good_settings()
    {
        var settings = new EditableSettings(("Cache:MaxSize", "1GB"));
        var source = Start(settings);
        settings.Edit();
        settings.Edit();
        _time.Pass(TimeSpan.FromMinutes(1));
        source.Current.MaxSize.Should().Be(1_000_000_000);
        _log.Of(607).Should().ContainSingle().Which.Should().Contain("holds nothing any more");
        settings.Edit(("Cache:MaxSize", "1GB"));
        _log.Of(608).Should().ContainSingle();
        _log.Of(603).Should().BeEmpty();
    }

    [Fact]
    public void A_section_that_is_taken_out_of_settings_that_are_there_gives_the_defaults_back()
    {
        var settings = new EditableSettings(("Cache:MaxSize", "1GB"), ("Other", "x"));
        var source = Start(settings);
        settings.Edit(("Other", "x"));
        _time.Pass(TimeSpan.FromMinutes(1));
        source.Current.MaxSize.Should().Be(50_000_000_000);
        _log.Of(603).Should().ContainSingle();
        _log.Of(607).Should().BeEmpty();
    }

    [Fact]
    public void A_broken_file_is_not_taken_for_an_edit_when_another_provider_announces_one()
    {
        var file = new EditableSettings(("Cache:MaxSize", "200GB"));
        var secrets = new EditableSettings(("Cache:MaxAge", "1h"));
        var source = Start(new ConfigurationBuilder().Add(file).Add(secrets).Build());
        file.EditUnannounced();
        secrets.Edit(("Cache:MaxAge", "2h"));
        _time.Pass(TimeSpan.FromMinutes(1));
        source.Current.Should().BeEquivalentTo(new { MaxSize = 200_000_000_000, MaxAge = TimeSpan.FromHours(1) });
        _log.Of(607).Should().ContainSingle();
        file.Edit(("Cache:MaxSize", "200GB"));
        source.Current.Should().BeEquivalentTo(new { MaxSize = 200_000_000_000, MaxAge = TimeSpan.FromHours(2) });
        _log.Of(608).Should().ContainSingle();
    }

    [Fact]
    public void A_section_whose_providers_cannot_be_seen_is_kept_when_it_is_gone()
    {
        var settings = new EditableSettings(("Worker:Cache:MaxSize", "1GB"), ("Other", "x"));
        var source = Start(settings.Root.GetSection("Worker"));
        settings.Edit(("Other", "x"));
        source.Current.MaxSize.Should().Be(1_000_000_000);
        _log.Of(607).Should().ContainSingle();
    }

    [Fact]
    public void A_configuration_that_throws_keeps_the_last_good_settings_and_is_logged_once()
    {
        var settings = new EditableSettings(("Cache:MaxSize", "1GB"));
        var broken = false;
        var source = Start(settings, services => services.Configure<CacheOptions>(_ => ObjectDisposedException.ThrowIf(broken, typeof(CacheOptions))));
        broken = true;
        settings.Edit(("Cache:MaxSize", "2GB"));
        _time.Pass(TimeSpan.FromMinutes(1));
        source.Current.MaxSize.Should().Be(1_000_000_000);
        _log.Of(607).Should().ContainSingle();
        broken = false;
        settings.Edit(("Cache:MaxSize", "2GB"));
        source.Current.MaxSize.Should().Be(2_000_000_000);
        _log.Of(608).Should().ContainSingle();
    }

    [Fact]
    public void A_validator_of_the_workers_own_is_heard()
    {
        var settings = new EditableSettings(("Cache:MaxSize", "1GB"));
        var source = Start(settings, services => services.AddOptions<CacheOptions>().Validate(o => o.MaxSize != "2GB", "no two"));
        settings.Edit(("Cache:MaxSize", "2GB"));
        _time.Pass(TimeSpan.FromMinutes(1));
        source.Current.MaxSize.Should().Be(1_000_000_000);
        _log.Of(604).Should().ContainSingle().Which.Should().Contain("no two");
    }

    [Fact]
    public void Unknown_keys_are_warned_about_once_at_start_and_after_edits()
    {
        var settings = new EditableSettings(("Cache:MaxSise", "1GB"));
        Start(settings);
        settings.Edit(("Cache:MaxSise", "1GB"), ("Cache:Max_Age", "1h"));
        settings.Edit(("Cache:MaxSise", "2GB"));
        _log.Of(602).Should().HaveCount(2).And.Contain(line => line.Contains("Cache:MaxSise") && line.Contains("Cache:MaxSize"));
    }

    [Fact]
    [Trait("Found", "M38")]
    public void Disable_switches_the_cache_off_with_one_error_for_each_failure()
    {
        var settings = new EditableSettings(("Cache:OnInvalidSettings", "Disable"), ("Cache:MaxSize", "much"), ("Cache:MaxAge", "24"), ("Cache:Directory", "/a"));
        var source = Start(settings);
        source.Current.Enabled.Should().BeFalse();
        source.Current.Root.Should().Be("/a", "what is valid is used");
        _log.Lines.Should().HaveCount(2).And.OnlyContain(line => line.Id == 601 && line.Level == LogLevel.Error);
        _log.Of(601).Should().Contain(line => line.Contains("Cache:MaxSize: \"much\"")).And.Contain(line => line.Contains("Cache:MaxAge: \"24\""));

        settings.Edit(("Cache:MaxSize", "1GB"), ("Cache:Directory", "/a"));
        source.Current.Enabled.Should().BeTrue("the edit repaired it");
        source.Current.MaxSize.Should().Be(1_000_000_000);
    }

    [Fact]
    public void A_cache_that_started_without_a_valid_place_stays_off_until_a_restart()
    {
        var settings = new EditableSettings(("Cache:OnInvalidSettings", "Disable"), ("Cache:Directory", "/"));
        var source = Start(settings);
        settings.Edit(("Cache:Directory", "/a"));
        settings.Edit(("Cache:Directory", "/a"), ("Cache:MaxSize", "1GB"));
        source.Current.Enabled.Should().BeFalse();
        _log.Of(609).Should().ContainSingle().Which.Should().Contain("Cache:Directory");
    }

    [Fact]
    public async Task Readers_see_whole_settings_while_edits_arrive()
    {
        var settings = new EditableSettings(("Cache:MaxSize", "1GB"), ("Cache:MaxAge", "1h"));
        var source = Start(settings);
        using var stop = new CancellationTokenSource();
        var readers = Enumerable.Range(0, 3).Select(_ => Task.Run(() =>
        {
            var reads = 0;
            while (!stop.IsCancellationRequested || reads == 0)
            {
                var current = source.Current;
                (current.MaxSize / 1_000_000_000).Should().Be((long)current.MaxAge.TotalHours);
                reads++;
            }
        })).ToArray();
        for (var i = 1; i <= 500; i++)
        {
            settings.Edit(("Cache:MaxSize", $"{i}GB"), ("Cache:MaxAge", $"{i}h"));
            _time.Pass(TimeSpan.FromSeconds(1));
        }

        await stop.CancelAsync();
        await Task.WhenAll(readers);
        source.Current.MaxSize.Should().Be(500_000_000_000);
    }

    [Fact]
    public void A_logger_that_throws_does_not_end_the_worker_nor_the_watch()
    {
        var settings = new EditableSettings(("Cache:MaxSize", "1GB"));
        var source = Start(settings);
        _log.Throws = true;
        settings.EditUnannounced();
        _time.Pass(TimeSpan.FromMinutes(1));
        source.Current.MaxSize.Should().Be(1_000_000_000);
        _log.Throws = false;
        settings.Edit(("Cache:MaxSize", "2GB"));
        source.Current.MaxSize.Should().Be(2_000_000_000);
        _log.Of(603).Should().ContainSingle("the watch goes on; a line that could not be written is lost");
    }

    [Fact]
    public void After_the_container_is_disposed_the_last_settings_stay_readable()
    {
        var settings = new EditableSettings(("Cache:MaxSize", "1GB"));
        var source = Start(settings);
        _containers[0].Dispose();
        settings.Edit(("Cache:MaxSize", "2GB"));
        _time.Pass(TimeSpan.FromMinutes(1));
        source.Current.MaxSize.Should().Be(1_000_000_000);
    }

    private ICacheSettingsSource Start(EditableSettings settings, Action<IServiceCollection>? more = null) => Start(settings.Root, more);

    private ICacheSettingsSource Start(IConfiguration configuration, Action<IServiceCollection>? more = null)
    {
        var services = new ServiceCollection();
        services.AddSingleton<ILoggerFactory>(_log).AddSingleton<TimeProvider>(_time);
        more?.Invoke(services);
        services.AddSmartCache(configuration);
        var container = services.BuildServiceProvider(validateScopes: true);
        _containers.Add(container);
        return container.GetRequiredService<ICacheSettingsSource>();
    }
}
