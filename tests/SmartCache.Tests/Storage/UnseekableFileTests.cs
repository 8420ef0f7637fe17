using System.IO.Pipes;
using Microsoft.Win32.SafeHandles;
using SmartCache.Configuration;
using SmartCache.Diagnostics;
using SmartCache.Layers;
using SmartCache.Storage;
using SmartCache.Storage.Platform;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Storage;

/// <summary>A disk that fails <c>lseek</c>: .NET then takes a file for a pipe, or makes no stream of it.</summary>
public sealed class UnseekableFileTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("smartcache-test-").FullName;

    [Fact]
    public async Task Files_that_cannot_be_sought_are_one_line_for_all_operations_of_a_layer()
    {
        var settings = new Fixed(CacheSettings.ForRoot(_root));
        using var layer = new LayerDirectory("sources", settings.Current.SourcesDirectory, () => settings.Current, FileSystem.Current);
        using var meter = new CacheMeter();
        var log = new ListLogger();
        var boundary = new CacheBoundary(layer, settings, new FaultLog(log, meter, TimeProvider.System), TimeProvider.System);
        await using var pipe = new AnonymousPipeServerStream();
        using var handle = new SafeFileHandle(pipe.SafePipeHandle.DangerousGetHandle(), ownsHandle: false);

        foreach (var operation in new[] { "find", "scan", "measure" })
        {
            (await boundary.AttemptAsync(operation, -1, _ => RandomAccess.GetLength(handle), CancellationToken.None)).Should().Be(-1);
        }

        log.Of(400).Should().ContainSingle().Which.Should().Contain(nameof(NotSupportedException));
    }

    [Fact]
    public void Handle_of_which_no_stream_can_be_made_is_closed()
    {
        var path = Path.Combine(_root, "file");
        File.WriteAllText(path, "content");
        using var handle = File.OpenHandle(path);

        var over = () => WatchedFile.Over(handle, FileAccess.Read, bufferSize: -1);

        over.Should().Throw<ArgumentOutOfRangeException>();
        handle.IsClosed.Should().BeTrue();
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private sealed class Fixed(CacheSettings current) : ICacheSettingsSource
    {
        public CacheSettings Current { get; } = current;
    }
}
