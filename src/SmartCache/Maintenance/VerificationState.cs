using System.Text.Json;
using System.Text.Json.Serialization;
using SmartCache.Storage;

namespace SmartCache.Maintenance;

/// <summary><c>verification.json</c> of a layer: how far the background verification is, over all processes and restarts. Its loss begins a new round.</summary>
internal sealed record VerificationState
{
    private const string FileName = "verification.json";
    private const int CurrentVersion = 1;
    private const int MaxBytes = 1 << 16;

    /// <summary>Of the format.</summary>
    public int Version { get; init; }

    /// <summary>When the round began.</summary>
    public DateTimeOffset Began { get; init; }

    /// <summary>When the round ended; <see langword="null"/> while it is under way.</summary>
    public DateTimeOffset? Ended { get; init; }

    /// <summary>The entry that was verified last; entries are taken in the order of their names.</summary>
    public string? Cursor { get; init; }

    /// <summary>Entries verified in the round.</summary>
    public int Entries { get; init; }

    /// <summary>Bytes read in the round.</summary>
    public long Bytes { get; init; }

    /// <summary>Entries of the round that were wrong.</summary>
    public int Quarantined { get; init; }

    /// <summary>When the round before this one ended; <see langword="null"/> where there was none, or an older version wrote this.</summary>
    public DateTimeOffset? LastEnded { get; init; }

    public static VerificationState Beginning(DateTimeOffset now, DateTimeOffset? lastEnded = null) => new() { Version = CurrentVersion, Began = now, Cursor = "", LastEnded = lastEnded };

    /// <summary>As others see it.</summary>
    /// <param name="entries">What lies in the layer now: entries come and go during a round, so what is left to do is counted and not remembered.</param>
    public VerificationStatistics ToStatistics(IReadOnlyList<StoredEntry> entries) => new()
    {
        Began = Began,
        Ended = Ended,
        LastEnded = Ended ?? LastEnded,
        Checked = Entries,
        Entries = Entries + (Ended is null ? entries.Count(entry => IsAhead(entry.Name)) : 0),
        Bytes = Bytes,
        Wrong = Quarantined,
    };

    /// <summary>Whether the round still has to come to this entry.</summary>
    public bool IsAhead(string name) => string.CompareOrdinal(name, Cursor) > 0;

    /// <summary>Whether a round is to be begun, or to be gone on with. A clock that jumped back must not stop it for years.</summary>
    public bool IsDue(TimeSpan interval, DateTimeOffset now) => Ended is null || now - Began >= interval || now < Began;

    public static VerificationState? Read(LayerDirectory layer)
    {
        try
        {
            return BoundedFile.Read(layer.FileSystem, Path.Combine(layer.Root, FileName), MaxBytes) is { } bytes
                && JsonSerializer.Deserialize(bytes, VerificationJson.Default.VerificationState) is { Version: CurrentVersion, Cursor: not null, Entries: >= 0, Bytes: >= 0, Quarantined: >= 0 } state
                ? state
                : null;
        }
        catch (Exception exception) when (exception is JsonException or IOException)
        {
            // A giant or a link in its place too: a new round writes over it, where a fault would stop the verification for ever.
            return null;
        }
    }

    public void Write(LayerDirectory layer) =>
        StateFile.Replace(layer, Path.Combine(layer.Root, FileName), JsonSerializer.SerializeToUtf8Bytes(this, VerificationJson.Default.VerificationState), flush: false);
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, WriteIndented = true)]
[JsonSerializable(typeof(VerificationState))]
internal sealed partial class VerificationJson : JsonSerializerContext;
