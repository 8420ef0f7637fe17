using System.Diagnostics;
using System.Globalization;
using global::FFMpegCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SmartCache.Tests.Stages;
using SmartCache.Tests.Stages.Ffmpeg;

namespace SmartCache.FFMpegCore.Tests;

/// <summary>A worker with its own cache directory, and the programs that FFMpegCore starts: <c>ffmpeg</c> counts its starts, notes its process id and becomes the real one.</summary>
internal sealed class Worker : IAsyncDisposable
{
    private readonly ScratchDirectory _scratch = new();
    private readonly IHost _host;

    public Worker(Action<IServiceCollection, FFOptions> adopt, string before = "")
    {
        var programs = _scratch["programs"];
        Directory.CreateDirectory(programs);
        ShellScript.Write(Path.Combine(programs, "ffmpeg"), $"""
            #!/bin/sh
            case "$1" in -version) exec /usr/bin/env ffmpeg -version;; esac
            echo $$ >> '{_scratch["starts"]}'
            {before}
            exec ffmpeg "$@"
            """);
        ShellScript.Write(Path.Combine(programs, "ffprobe"), "#!/bin/sh\nexec ffprobe \"$@\"\n");

        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddInMemoryCollection([new("Cache:Directory", _scratch["cache"])]);
        adopt(builder.Services, new FFOptions { BinaryFolder = programs });
        _host = builder.Build();
    }

    public IProfileEncoder Encoder => _host.Services.GetRequiredService<IProfileEncoder>();

    public ICacheManager Cache => _host.Services.GetRequiredService<ICacheManager>();

    /// <summary>Process ids of the encodes that were started.</summary>
    public IReadOnlyList<string> Starts => File.Exists(_scratch["starts"]) ? File.ReadAllLines(_scratch["starts"]) : [];

    public string this[string name] => _scratch[name];

    public IReadOnlyList<string> Files(string attempt) => _scratch.Entries(attempt);

    public Task<EncodedProfile> EncodeAsync(string video, string attempt, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default) =>
        Encoder.EncodeAsync(new EncodeRequest(new DownloadedVideo(video, new FileInfo(video).Length), new EncodingProfile("144p"), _scratch[attempt]), progress, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (_host is IAsyncDisposable host)
            await host.DisposeAsync();
        foreach (var start in Starts)
            End(start);
        _scratch.Dispose();
    }

    // One that a failed test left: only while the number is still that of a program that works in this directory.
    private void End(string id)
    {
        try
        {
            if (File.ReadAllText($"/proc/{id}/cmdline").Contains(_scratch.Root, StringComparison.Ordinal))
                Process.GetProcessById(int.Parse(id, CultureInfo.InvariantCulture)).Kill();
        }
        catch (Exception exception) when (exception is IOException or ArgumentException)
        {
            // It has ended.
        }
    }
}
