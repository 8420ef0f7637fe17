using System.Diagnostics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SmartCache.Configuration;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Configuration;

/// <summary>A real appsettings.json, watched by a real host.</summary>
public sealed class SettingsFileTests : IAsyncLifetime, IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("smartcache-").FullName;
    private readonly RecordingLogger _log = new();
    private readonly DrivenTime _time = new();
    private IHost? _host;

    private string SettingsFile => Path.Combine(_directory, "appsettings.json");

    private CacheSettings Current => _host!.Services.GetRequiredService<ICacheSettingsSource>().Current;

    public async Task InitializeAsync()
    {
        await WriteAsync("""{"Cache":{"MaxSize":"1GB","Directory":"/somewhere"}}""");
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { ContentRootPath = _directory });
        builder.Logging.ClearProviders().AddProvider(_log);
        builder.Services.AddSingleton<TimeProvider>(_time).AddSmartCache();
        _host = builder.Build();
        await _host!.StartAsync();
    }

    public async Task DisposeAsync()
    {
        await _host!.StopAsync();
    }

    public void Dispose()
    {
        _host?.Dispose();
        _log.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task A_good_edit_is_taken_while_running()
    {
        Current.MaxSize.Should().Be(1_000_000_000);
        await WriteAsync("""{"Cache":{"MaxSize":"2GB","Directory":"/somewhere"}}""");
        await UntilAsync(() => Current.MaxSize == 2_000_000_000);
        _log.Of(603).Should().ContainSingle().Which.Should().Contain("(Cache:MaxSize in appsettings.json)");
    }

    [Fact]
    public async Task A_bad_edit_leaves_the_last_good_settings_and_one_line_and_its_repair_is_taken()
    {
        await WriteAsync("""{"Cache":{"MaxSize":"2 elephants","Directory":"/somewhere"}}""");
        await UntilAsync(() => _log.Of(604).Any());
        _time.Pass(TimeSpan.FromMinutes(1));
        Current.MaxSize.Should().Be(1_000_000_000);
        _log.Of(604).Should().ContainSingle();

        await WriteAsync("""{"Cache":{"MaxSize":"3GB","Directory":"/somewhere"}}""");
        await UntilAsync(() => Current.MaxSize == 3_000_000_000);
    }

    [Fact]
    public async Task A_broken_file_leaves_the_last_good_settings_and_one_line_and_its_repair_is_taken()
    {
        var configuration = _host!.Services.GetRequiredService<IConfiguration>();
        await WriteAsync("""{"Cache":{"MaxSize":"2GB", """);
        await UntilAsync(() => configuration["Cache:MaxSize"] is null);
        _time.Pass(TimeSpan.FromMinutes(1));
        Current.Should().BeEquivalentTo(new { MaxSize = 1_000_000_000L, Root = "/somewhere", Enabled = true });
        _log.Of(607).Should().ContainSingle();
        _log.Lines.Count(line => line.Level >= LogLevel.Error).Should().Be(1);

        await WriteAsync("""{"Cache":{"MaxSize":"3GB","Directory":"/somewhere"}}""");
        await UntilAsync(() => Current.MaxSize == 3_000_000_000);
        _log.Of(608).Should().ContainSingle();
    }

    [Fact]
    public async Task A_deleted_file_leaves_the_last_good_settings_and_one_line()
    {
        File.Delete(SettingsFile);
        await UntilAsync(() => _log.Of(607).Any());
        _time.Pass(TimeSpan.FromMinutes(1));
        Current.MaxSize.Should().Be(1_000_000_000);
        _log.Of(607).Should().ContainSingle();
    }

    private static async Task UntilAsync(Func<bool> happened)
    {
        var waited = Stopwatch.StartNew();
        while (!happened())
        {
            waited.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(30), "the file watcher reports an edit in half a second");
            await Task.Delay(20);
        }
    }

    // As editors do it: whole into another file, then over the old one.
    private async Task WriteAsync(string text)
    {
        await File.WriteAllTextAsync(SettingsFile + ".new", text);
        File.Move(SettingsFile + ".new", SettingsFile, overwrite: true);
    }
}
