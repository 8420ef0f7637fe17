namespace SmartCache.Tool.Report;

/// <summary>The entries that are first in some way, found in one pass: a cache may have more than fit into memory.</summary>
internal sealed class EntryRanks
{
    public const int Most = 10;

    private static readonly Comparison<InspectedEntry> _bySize = static (one, other) => Order(other.Length.CompareTo(one.Length), one, other);
    private static readonly Comparison<InspectedEntry> _byCost = static (one, other) => Order(other.Cost.CompareTo(one.Cost), one, other);

    private readonly List<InspectedEntry> _largest = [];
    private readonly List<InspectedEntry> _dearest = [];

    public IReadOnlyList<InspectedEntry> Largest => _largest;

    public IReadOnlyList<InspectedEntry> Dearest => _dearest;

    public void Add(InspectedEntry entry)
    {
        if (entry.State != InspectedEntryState.Readable)
        {
            return;
        }

        Insert(_largest, entry, _bySize);
        Insert(_dearest, entry, _byCost);
    }

    private static void Insert(List<InspectedEntry> first, InspectedEntry entry, Comparison<InspectedEntry> order)
    {
        if (first.Count == Most && order(first[^1], entry) <= 0)
        {
            return;
        }

        var at = first.FindIndex(other => order(other, entry) > 0);
        first.Insert(at < 0 ? first.Count : at, entry);
        if (first.Count > Most)
        {
            first.RemoveAt(Most);
        }
    }

    private static int Order(int order, InspectedEntry one, InspectedEntry other) => order != 0 ? order : string.CompareOrdinal(one.Name, other.Name);
}
