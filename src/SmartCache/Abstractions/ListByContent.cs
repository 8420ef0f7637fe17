namespace SmartCache.Abstractions;

/// <summary>A list as the field of a record: it equals another of the same items in the same order, so that the record does.</summary>
/// <param name="list">What the property gives out.</param>
internal readonly struct ListByContent<T>(IReadOnlyList<T> list) : IEquatable<ListByContent<T>>
{
    public IReadOnlyList<T> List => list;

    public bool Equals(ListByContent<T> other) =>
        ReferenceEquals(list, other.List) || (list is not null && other.List is not null && list.SequenceEqual(other.List));

    public override bool Equals(object? obj) => obj is ListByContent<T> other && Equals(other);

    public override int GetHashCode()
    {
        var hash = default(HashCode);
        foreach (var item in list ?? [])
        {
            hash.Add(item);
        }

        return hash.ToHashCode();
    }
}
