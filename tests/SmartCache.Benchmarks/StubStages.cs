using System.Security.Cryptography;

namespace SmartCache.Benchmarks;

/// <summary>
/// Stages that do real work, each on a thread of its own and without any asynchronous call, so that the processor time of their threads is
/// exactly theirs and the rest of the process's is the runtime's and the cache's.
/// </summary>
internal sealed class StubStages(PathClock path, int port, int segments, int workPerSegment) : IVideoDownloader, IProfileEncoder
{
    private double _processorSeconds;

    public double ProcessorSeconds => _processorSeconds;

    public Task<DownloadedVideo> DownloadAsync(DownloadRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default) => OnThread(() =>
    {
        using var client = new HttpClient();
        using var message = new HttpRequestMessage(HttpMethod.Get, new Uri($"http://127.0.0.1:{port}/video.mp4"));
        using var response = client.Send(message, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        using var body = response.EnsureSuccessStatusCode().Content.ReadAsStream(cancellationToken);
        using var file = File.Create(request.DestinationPath);
        body.CopyTo(file, 1 << 16);
        return new DownloadedVideo(request.DestinationPath, file.Length);
    });

    public ValueTask<EncodeRecipe> DescribeAsync(SourceMedia source, EncodingProfile profile, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(TestFiles.Recipe(profile.Name, segments));

    public Task<EncodedProfile> EncodeAsync(EncodeRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default) => OnThread(() =>
    {
        TestFiles.WriteProfile(
            request.OutputDirectory,
            segments,
            TestFiles.Megabyte,
            request.Profile.Name[^1],
            segment =>
            {
                Work(workPerSegment);
                progress?.Report(new StageProgress("encode") { Fraction = (double)segment / segments });
            });
        return TestFiles.Describe(request.Profile.Name, request.OutputDirectory);
    });

    /// <summary>A fixed amount of arithmetic that no compiler takes away.</summary>
    public static void Work(int amount)
    {
        Span<byte> block = stackalloc byte[4096];
        Span<byte> hash = stackalloc byte[64];
        for (var i = 0; i < amount; i++)
        {
            SHA512.HashData(block, hash);
            hash.CopyTo(block);
        }
    }

    private Task<T> OnThread<T>(Func<T> work)
    {
        path.End();
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            try
            {
                var result = work();
                _processorSeconds += ProcessorClock.OfThread().TotalSeconds;
                path.Begin();
                done.SetResult(result);
            }
            catch (Exception exception)
            {
                done.SetException(exception);
            }
        });
        thread.Start();
        return done.Task;
    }
}
