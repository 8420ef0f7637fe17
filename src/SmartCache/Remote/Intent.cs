using SmartCache.Storage;

namespace SmartCache.Remote;

/// <summary>
/// <c>remote/outbox/{layer}-{name}</c>: an entry is to be sent to the store; the payload is the local entry itself. <c>removal-{layer}-{name}</c>: it is to be deleted there.
/// Two files, because neither may take the place of the other: what was sent last is deleted, and what came after a removal is sent.
/// </summary>
internal sealed record Intent
{
    public int Version { get; init; } = 1;

    /// <summary><c>sources</c> or <c>profiles</c>.</summary>
    public required string Layer { get; init; }

    /// <summary>The entry's name; of a profile's <c>source_recipe</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Since when it is owed.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Bytes of the entry's files.</summary>
    public long Bytes { get; init; }

    /// <summary>Whether it is to be deleted, with its profiles and keys.</summary>
    public bool IsRemoval { get; init; }

    /// <summary>Whether what the store has under this name is not wanted: it is sent even where the store has one.</summary>
    public bool Replaces { get; init; }

    /// <summary>Whether a removal came after it: it is not sent any more, and what is on its way is taken back.</summary>
    public bool IsWithdrawn { get; init; }

    /// <summary>The keys that lead to a source, by their names; sent after it.</summary>
    public IReadOnlyDictionary<string, RemoteKey>? Keys { get; init; }

    /// <summary>Name of the file.</summary>
    public string FileName => IsRemoval ? $"{OwnNames.Removal}{Layer}-{Name}" : $"{Layer}-{Name}";

    /// <summary>The object, below the prefix and the version.</summary>
    public string Object => $"{Layer}/{Name}";

    /// <summary>Whether a file of the outbox can say this. Names become paths.</summary>
    public bool IsValid => Layer is "sources" or "profiles" && (Layer == "sources" ? OwnNames.IsHash(Name) : OwnNames.IsEntry(Name) && Name.Contains('_', StringComparison.Ordinal)) && Bytes >= 0;

    /// <summary>Both in one: of a key the later fetch. What comes after a removal has nothing in common with what was there before.</summary>
    public Intent Over(Intent earlier) => earlier.IsWithdrawn || earlier.Version != Version ? this : this with
    {
        At = earlier.At,
        Replaces = Replaces || earlier.Replaces,
        Keys = Keys is null || earlier.Keys is null ? Keys ?? earlier.Keys
            : earlier.Keys.Concat(Keys).GroupBy(static key => key.Key).ToDictionary(static same => same.Key, static same => same.MaxBy(static key => key.Value.FetchedAt).Value),
    };

    /// <summary>The same is to be deleted.</summary>
    public Intent ToRemoval(DateTimeOffset now) => new() { Layer = Layer, Name = Name, At = now, IsRemoval = true, Keys = Keys };

    /// <summary>Whether it says nothing that the other one does not.</summary>
    public bool IsSame(Intent other) =>
        IsRemoval == other.IsRemoval && IsWithdrawn == other.IsWithdrawn && Replaces == other.Replaces && At == other.At && (Keys?.Count ?? 0) == (other.Keys?.Count ?? 0)
        && (Keys is null || Keys.All(key => other.Keys!.TryGetValue(key.Key, out var same) && same.FetchedAt == key.Value.FetchedAt));
}
