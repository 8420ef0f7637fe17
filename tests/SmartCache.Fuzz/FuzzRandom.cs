namespace SmartCache.Fuzz;

/// <summary>The choices of one case. The same seed, target and number give the same case, whatever ran before.</summary>
internal sealed class FuzzRandom(int seed, string target, long number)
{
    private readonly Random _random = new(Mix(seed, target, number));

    /// <summary>From 0 up to, not including, <paramref name="limit"/>.</summary>
    public int Below(int limit) => _random.Next(limit);

    public bool Chance(int percent) => _random.Next(100) < percent;

    public T Pick<T>(IReadOnlyList<T> from) => from[_random.Next(from.Count)];

    public long Long() => _random.NextInt64(long.MinValue, long.MaxValue);

    public void Fill(Span<byte> bytes) => _random.NextBytes(bytes);

    // string.GetHashCode and HashCode.Combine differ from process to process.
    private static int Mix(int seed, string target, long number)
    {
        var hash = 14695981039346656037UL;
        foreach (var part in target.Select(static c => (ulong)c).Append((ulong)seed).Append((ulong)number))
        {
            hash = (hash ^ part) * 1099511628211UL;
            hash ^= hash >> 29;
        }

        return (int)(hash ^ (hash >> 32));
    }
}
