using System.Globalization;

namespace SmartCache.Tests.Support;

/// <summary>A worker's probe that says how long every video is, and counts its calls.</summary>
internal sealed class FakeProbe : ISourceProbe
{
    private int _calls;

    public int Calls => Volatile.Read(ref _calls);

    public TimeSpan? Duration { get; set; } = TimeSpan.FromSeconds(8);

    /// <summary>Runs first, on the thread that asks.</summary>
    public Action<CancellationToken>? Before { get; set; }

    public ValueTask<IReadOnlyDictionary<string, string>> ProbeAsync(string path, CancellationToken cancellationToken = default)
    {
        Interlocked.Increment(ref _calls);
        Before?.Invoke(cancellationToken);
        var facts = new Dictionary<string, string>();
        if (Duration is { } duration)
        {
            facts[MediaFacts.Duration] = duration.TotalSeconds.ToString(CultureInfo.InvariantCulture);
        }

        return ValueTask.FromResult<IReadOnlyDictionary<string, string>>(facts);
    }
}
