namespace SmartCache.Abstractions;

/// <summary>A dictionary as the field of a record: it equals another of the same names and values, so that the record does.</summary>
/// <param name="map">What the property gives out.</param>
internal readonly struct MapByContent<T>(IReadOnlyDictionary<string, T> map) : IEquatable<MapByContent<T>>
{
    public IReadOnlyDictionary<string, T> Map => map;

    public bool Equals(MapByContent<T> other) =>
        ReferenceEquals(map, other.Map)
        || (map is not null && other.Map is not null && map.Count == other.Map.Count
            && map.All(pair => other.Map.TryGetValue(pair.Key, out var value) && EqualityComparer<T>.Default.Equals(pair.Value, value)));

    public override bool Equals(object? obj) => obj is MapByContent<T> other && Equals(other);

    // The order of a dictionary's names means nothing.
    public override int GetHashCode() => map is null ? 0 : map.Aggregate(map.Count, static (sum, pair) => unchecked(sum + HashCode.Combine(pair.Key, pair.Value)));
}
