using SmartCache.Storage;

namespace SmartCache.Remote;

/// <summary>
/// <c>remote/outbox/{layer}-{name}</c>: an entry is to be sent to the store, or what was made of a source is to be deleted there. The payload is the local entry itself.
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

    /// <summary>The keys that lead to a source, by their names; sent after it.</summary>
    public IReadOnlyDictionary<string, RemoteKey>? Keys { get; init; }

    /// <summary>Name of the file.</summary>
    public string FileName => $"{Layer}-{Name}";

    /// <summary>The object, below the prefix and the version.</summary>
    public string Object => $"{Layer}/{Name}";

    /// <summary>Whether a file of the outbox can say this. Names become paths.</summary>
    public bool IsValid => Layer is "sources" or "profiles" && (Layer == "sources" ? OwnNames.IsHash(Name) : OwnNames.IsEntry(Name) && Name.Contains('_', StringComparison.Ordinal)) && Bytes >= 0;

    /// <summary>Both in one: the later of two that differ, and the keys of both.</summary>
    public Intent Over(Intent earlier) => IsRemoval != earlier.IsRemoval || earlier.Version != Version ? this : this with
    {
        At = earlier.At,
        Replaces = Replaces || earlier.Replaces,
        Keys = Keys is null ? earlier.Keys
            : earlier.Keys is null ? Keys
            : new Dictionary<string, RemoteKey>(earlier.Keys.Concat(Keys.Where(key => !earlier.Keys.ContainsKey(key.Key)))),
    };
}
