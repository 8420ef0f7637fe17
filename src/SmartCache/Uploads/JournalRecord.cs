using System.Globalization;
using System.Text;
using SmartCache.Storage;

namespace SmartCache.Uploads;

/// <summary>
/// One confirmation of a target: a line <c>checksum kind key time field…</c>, fields separated by single spaces and percent-encoded.
/// The checksum is <see cref="ChecksummedLine"/>'s.
/// Everything up to the key lies at fixed places, so that a reader decides by kind and key before it parses.
/// </summary>
internal sealed record JournalRecord(JournalKind Kind, ContentKey Key, long UnixTime)
{
    public const int FormatVersion = 1;

    private const int ChecksumLength = ChecksummedLine.ChecksumLength;
    private const int KindAt = ChecksumLength + 1;
    private const int KeyAt = KindAt + 2;
    private const int TimeAt = KeyAt + ContentKey.HexLength + 1;
    private const int MaxCid = 512;
    private const int MaxProfiles = 64;

    // Percent-encoding takes it out of every other field.
    private const char PlaceMark = '@';

    private static readonly Dictionary<string, string> NoProfiles = [];

    /// <summary>The CID of the file, the profile's directory or the tree's root.</summary>
    public string Cid { get; init; } = "";

    /// <summary>Length of a file in bytes.</summary>
    public long Length { get; init; }

    /// <summary>What the upload of a tree took.</summary>
    public double Seconds { get; init; }

    public bool Verified { get; init; }

    public IReadOnlyDictionary<string, string> ProfileCids { get; init; } = NoProfiles;

    /// <summary>
    /// Of a confirmation: how far into the journal whoever wrote it had read, where it says so. Of a record that takes one back: where it ended before its
    /// part was sorted.
    /// </summary>
    public JournalPosition? At { get; init; }

    /// <summary>Of a header.</summary>
    public int Version { get; init; } = FormatVersion;

    /// <summary>Of the header of a sorted part: where its table is.</summary>
    public SortedTable? Table { get; init; }

    /// <summary>Of a header; empty where the id looks like an address with credentials and was not written.</summary>
    public string TargetId { get; init; } = "";

    public string ImportParameters { get; init; } = "";

    /// <summary>Whether a CID can be recorded at all. Real ones have 46 to 110 characters.</summary>
    public static bool IsRecordable(string? cid) => !string.IsNullOrWhiteSpace(cid) && cid.Length <= MaxCid;

    /// <summary>A header; anonymous where the target's identity does not fit where readers look for one.</summary>
    public static JournalRecord HeaderOf(UploadTarget target, long unixTime)
    {
        var header = new JournalRecord(JournalKind.Header, TargetName.Of(target).Key, unixTime) { TargetId = target.PublicId, ImportParameters = target.ImportParameters };
        return header.ToLine().Length <= PartHeader.MaxLine ? header : header with { TargetId = "", ImportParameters = "" };
    }

    public static bool IsForgotten(JournalKind kind) => kind is JournalKind.ForgottenFile or JournalKind.ForgottenProfile or JournalKind.ForgottenTree;

    /// <summary>Whether this version writes such records.</summary>
    public static bool IsKnown(JournalKind kind) => SubjectOf(kind) is JournalKind.Header or JournalKind.File or JournalKind.Profile or JournalKind.Tree;

    /// <summary>The kind that confirms what this one confirms or takes back.</summary>
    public static JournalKind SubjectOf(JournalKind kind) => IsForgotten(kind) ? (JournalKind)char.ToUpperInvariant((char)kind) : kind;

    /// <summary>An intact line as it is, with one more field that says where it stood.</summary>
    public static byte[] Placed(ReadOnlySpan<byte> line, JournalPosition at) => ChecksummedLine.Of($"{Encoding.ASCII.GetString(line[KindAt..])} {PlaceMark}{at}");

    /// <summary>An intact line as it is.</summary>
    public static byte[] Copied(ReadOnlySpan<byte> line) => [(byte)'\n', .. line, (byte)'\n'];

    /// <summary>The line with a newline on both sides: whatever torn record lies before it, this one stands alone.</summary>
    public byte[] ToLine()
    {
        var body = new StringBuilder(256);
        body.Append((char)Kind).Append(' ').Append(Key).Append(' ').Append(CultureInfo.InvariantCulture, $"{UnixTime}");
        foreach (var field in Fields())
        {
            body.Append(' ').Append(field);
        }

        if (At is { } at)
        {
            body.Append(' ').Append(PlaceMark).Append(at);
        }

        return ChecksummedLine.Of(body.ToString());
    }

    /// <summary>The first 16 bits of a line's key; <see langword="null"/> where it can't be a record.</summary>
    public static int? PrefixOf(ReadOnlySpan<byte> line)
    {
        if (line.Length <= TimeAt)
        {
            return null;
        }

        var prefix = 0;
        foreach (var digit in line.Slice(KeyAt, 4))
        {
            // Whatever else stands there gives some number; the key itself is looked at before anything is believed.
            prefix = (prefix << 4) | (((digit & 0xf) + ((digit >> 6) * 9)) & 0xf);
        }

        return prefix;
    }

    /// <summary>Kind and key of a line without checking it; false where it can't be a record.</summary>
    public static bool TryPeek(ReadOnlySpan<byte> line, out JournalKind kind, out ContentKey key)
    {
        if (line.Length <= TimeAt || line[ChecksumLength] != ' ' || line[KindAt + 1] != ' ' || line[TimeAt - 1] != ' ')
        {
            (kind, key) = (default, default);
            return false;
        }

        kind = (JournalKind)line[KindAt];
        return ContentKey.TryParse(line.Slice(KeyAt, ContentKey.HexLength), out key);
    }

    /// <inheritdoc cref="ChecksummedLine.IsIntact"/>
    public static bool IsIntact(ReadOnlySpan<byte> line) => ChecksummedLine.IsIntact(line);

    /// <summary>Whether this may be what a torn write left of a header: its beginning, and nothing of a record.</summary>
    public static bool MayBeTornHeader(ReadOnlySpan<byte> line) =>
        line.Length <= PartHeader.MaxLine
        && (line.Length <= KindAt || line[KindAt] == (byte)JournalKind.Header)
        && !line.ContainsAnyExceptInRange((byte)' ', (byte)'~');

    /// <summary>The time of an intact line, for whoever needs no more of it.</summary>
    public static long TimeOf(ReadOnlySpan<byte> line)
    {
        var rest = line[TimeAt..];
        var end = rest.IndexOf((byte)' ');
        return long.TryParse(end < 0 ? rest : rest[..end], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var time) ? time : 0;
    }

    /// <summary>Parses a line; <see langword="null"/> where it is torn, corrupt or of a kind that this version doesn't know.</summary>
    public static JournalRecord? Parse(ReadOnlySpan<byte> line)
    {
        if (!TryPeek(line, out var kind, out var key) || !IsIntact(line))
        {
            return null;
        }

        // Further fields at the end come from a newer version and are not looked at.
        var fields = Encoding.ASCII.GetString(line[TimeAt..]).Split(' ');
        if (!long.TryParse(fields[0], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var time))
        {
            return null;
        }

        var record = new JournalRecord(kind, key, time) { At = PlaceIn(fields) };
        switch (kind)
        {
            case JournalKind.ForgottenFile or JournalKind.ForgottenProfile or JournalKind.ForgottenTree:
                return record;
            case JournalKind.File when fields.Length >= 3 && long.TryParse(fields[1], NumberStyles.None, CultureInfo.InvariantCulture, out var length):
                return record with { Length = length, Cid = Uri.UnescapeDataString(fields[2]) };
            case JournalKind.Profile when fields.Length >= 2:
                return record with { Cid = Uri.UnescapeDataString(fields[1]) };
            case JournalKind.Tree when fields.Length >= 4 && double.TryParse(fields[1], NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds):
                return record with
                {
                    Seconds = double.IsFinite(seconds) && seconds > 0 ? seconds : 0,
                    Verified = fields[2] == "1",
                    Cid = Uri.UnescapeDataString(fields[3]),
                    ProfileCids = ParseProfiles(fields.AsSpan(4)),
                };
            case JournalKind.Header when fields.Length >= 4 && int.TryParse(fields[1], NumberStyles.None, CultureInfo.InvariantCulture, out var version):
                return record with
                {
                    Version = version,
                    TargetId = Uri.UnescapeDataString(fields[2]),
                    ImportParameters = Uri.UnescapeDataString(fields[3]),
                    Table = fields.Length >= 6 ? SortedTable.Parse(fields[4], fields[5]) : null,
                };
            default:
                return null;
        }
    }

    // The last one counts: sorting adds it behind whatever the line had.
    private static JournalPosition? PlaceIn(string[] fields) =>
        Array.FindLast(fields, static field => field.StartsWith(PlaceMark)) is { } field && JournalPosition.TryParse(field.AsSpan(1), out var at) ? at : null;

    private static Dictionary<string, string> ParseProfiles(ReadOnlySpan<string> fields)
    {
        var profiles = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var field in fields)
        {
            if (field.Split('=') is [var name, var cid])
            {
                profiles[Uri.UnescapeDataString(name)] = Uri.UnescapeDataString(cid);
            }
        }

        return profiles;
    }

    private IEnumerable<string> Fields()
    {
        switch (Kind)
        {
            case JournalKind.Header:
                yield return Version.ToString(CultureInfo.InvariantCulture);
                yield return Uri.EscapeDataString(TargetId);
                yield return Uri.EscapeDataString(ImportParameters);
                if (Table is { } table)
                {
                    yield return table.BitsText;
                    yield return table.OffsetText;
                }

                break;
            case JournalKind.File:
                yield return Length.ToString(CultureInfo.InvariantCulture);
                yield return Uri.EscapeDataString(Cid);
                break;
            case JournalKind.Profile:
                yield return Uri.EscapeDataString(Cid);
                break;
            case JournalKind.Tree:
                yield return Seconds.ToString("F3", CultureInfo.InvariantCulture);
                yield return Verified ? "1" : "0";
                yield return Uri.EscapeDataString(Cid);
                foreach (var (name, cid) in ProfileCids.Take(MaxProfiles).Where(profile => IsRecordable(profile.Value) && profile.Key.Length <= MaxCid))
                {
                    yield return $"{Uri.EscapeDataString(name)}={Uri.EscapeDataString(cid)}";
                }

                break;
            default:
                break;
        }
    }
}
