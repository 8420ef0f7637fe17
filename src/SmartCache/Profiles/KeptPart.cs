using System.Collections.ObjectModel;
using System.Globalization;
using SmartCache.Storage;

namespace SmartCache.Profiles;

/// <summary>One part as its line in <c>parts.journal</c> says it: <c>P attempt serial start duration length sha256 seconds fact=value…</c>, times in ticks, texts percent-encoded.</summary>
/// <param name="Attempt">Who made it.</param>
/// <param name="Serial">Which of its parts.</param>
/// <param name="Start">Where it begins in the video.</param>
/// <param name="Duration">How much of it it holds.</param>
internal sealed record KeptPart(string Attempt, long Serial, TimeSpan Start, TimeSpan Duration)
{
    public const char Kind = 'P';

    /// <summary>Work of one part at most. What is said of it comes from a host, which may count in milliseconds or ticks, and from a file.</summary>
    private const double MaxSeconds = 30 * 24 * 3600;

    /// <summary>Characters of all facts together: a line stays below a block of the disk.</summary>
    private const int MaxFacts = 4000;

    public long Length { get; init; }

    public string Sha256 { get; init; } = "";

    /// <summary>Wall time that it took.</summary>
    public double Seconds
    {
        get;
        init => field = double.IsFinite(value) ? Math.Clamp(value, 0, MaxSeconds) : 0;
    }

    public IReadOnlyDictionary<string, string> Facts { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    public string FileName => string.Create(CultureInfo.InvariantCulture, $"{Attempt}-{Serial}.part");

    /// <summary>Why a part cannot be recorded as it is; <see langword="null"/> where it can.</summary>
    public static string? ProblemOf(EncodePartFile part) =>
        string.IsNullOrEmpty(part.Path) ? "it has no path"
        : part.Start < TimeSpan.Zero || part.Duration <= TimeSpan.Zero ? "its range of time is none"
        : part.Facts is null || TextOf(part.Facts).Length > MaxFacts ? $"its facts are more than {MaxFacts} characters"
        : null;

    public string ToBody() => string.Create(
        CultureInfo.InvariantCulture, $"{Kind} {Attempt} {Serial} {Start.Ticks} {Duration.Ticks} {Length} {Sha256} {Seconds:F3}{TextOf(Facts)}");

    /// <summary>Reads the fields of an intact line; <see langword="null"/> where they mean nothing to this version.</summary>
    public static KeptPart? Parse(ReadOnlySpan<string> fields)
    {
        if (fields.Length < 8
            || !TryNumber(fields[2], out var serial)
            || !TryNumber(fields[3], out var start)
            || !TryNumber(fields[4], out var duration)
            || !TryNumber(fields[5], out var length)
            || !ContentName.IsHash(fields[6])
            || !double.TryParse(fields[7], NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds))
        {
            return null;
        }

        var facts = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var field in fields[8..])
        {
            if (field.Split('=') is [var name, var value])
            {
                facts[Uri.UnescapeDataString(name)] = Uri.UnescapeDataString(value);
            }
        }

        var part = new KeptPart(fields[1], serial, TimeSpan.FromTicks(start), TimeSpan.FromTicks(duration))
        {
            Length = length,
            Sha256 = fields[6],
            Seconds = seconds,
            Facts = facts,
        };

        // What is opened and deleted by this name is a part.
        return OwnNames.IsPart(part.FileName) ? part : null;
    }

    /// <summary>As an encoder gets it.</summary>
    public EncodePart In(string directory) =>
        new() { Path = Path.Combine(directory, FileName), Start = Start, Duration = Duration, Length = Length, Sha256 = Sha256, Facts = Facts };

    private static bool TryNumber(string text, out long number) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private static string TextOf(IReadOnlyDictionary<string, string> facts) =>
        string.Concat(facts.OrderBy(static fact => fact.Key, StringComparer.Ordinal).Select(static fact => $" {Uri.EscapeDataString(fact.Key)}={Uri.EscapeDataString(fact.Value ?? "")}"));
}
