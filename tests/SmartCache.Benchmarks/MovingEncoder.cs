using System.Diagnostics;

namespace SmartCache.Benchmarks;

/// <summary>An encoder that costs nothing: the profile is there and is moved to its destination, looking as if it had just been written.</summary>
internal sealed class MovingEncoder(int segments) : IProfileEncoder
{
    /// <summary>The directory to move; without one a call is an error, because a hit was expected.</summary>
    public string? Origin { get; set; }

    public TimeSpan Inner { get; private set; }

    public ValueTask<EncodeRecipe> DescribeAsync(SourceMedia source, EncodingProfile profile, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(TestFiles.Recipe(profile.Name, segments));

    public Task<EncodedProfile> EncodeAsync(EncodeRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var started = Stopwatch.GetTimestamp();
        Directory.Move(Origin ?? throw new InvalidOperationException("Not a hit."), request.OutputDirectory);
        var profile = TestFiles.Describe(request.Profile.Name, request.OutputDirectory);
        File.SetLastWriteTimeUtc(Path.Combine(request.OutputDirectory, profile.Playlist), DateTime.UtcNow);
        Inner = Stopwatch.GetElapsedTime(started);
        return Task.FromResult(profile);
    }
}
