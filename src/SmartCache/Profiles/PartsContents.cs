using System.Globalization;

namespace SmartCache.Profiles;

/// <summary>
/// What a <c>parts.journal</c> says, line by line. Whose a line is, is decided by where it stands: a part or a forget counts only while the attempt that wrote it is the newest one,
/// so that a producer that lost its lock and does not know it yet changes nothing.
/// </summary>
internal sealed class PartsContents
{
    private const char EncodeKind = 'B';
    private const char AttemptKind = 'A';
    private const char ForgetKind = 'F';
    private const char VoidKind = 'V';

    private readonly Dictionary<string, SortedDictionary<TimeSpan, KeptPart>> _layouts = new(StringComparer.Ordinal);
    private string _layout = "";

    /// <summary>The attempt that began last.</summary>
    public string? Newest { get; private set; }

    /// <summary>Whether somebody has taken all parts back since, while a producer held them.</summary>
    public bool IsVoid { get; private set; }

    /// <summary>How often that happened.</summary>
    public int TakenBack { get; private set; }

    /// <summary>Encodes that began since a part was recorded that begins where no other one did.</summary>
    public int Fruitless { get; private set; }

    /// <summary>Files that are parts, of whatever layout.</summary>
    public IEnumerable<string> FileNames => All.Select(static part => part.FileName);

    /// <summary>The parts, of whatever layout.</summary>
    public IEnumerable<KeptPart> All => _layouts.Values.SelectMany(static parts => parts.Values);

    /// <summary>An encode begins. It has no parts until it opens those of a layout.</summary>
    public static string BeginEncode(string attempt) => $"{EncodeKind} {attempt}";

    /// <summary>An attempt begins, and its parts have this layout.</summary>
    public static string Begin(string attempt, string layout) => $"{AttemptKind} {attempt} {Uri.EscapeDataString(layout)}";

    /// <summary>What begins at this time or later is no part any more.</summary>
    public static string Forget(string attempt, TimeSpan from) => string.Create(CultureInfo.InvariantCulture, $"{ForgetKind} {attempt} {from.Ticks}");

    /// <summary>All that stands before is void, and whoever has an attempt has it no longer.</summary>
    public static string Void() => $"{VoidKind} {NewAttempt()}";

    /// <summary>Whether an intact line is one of <see cref="Void"/>.</summary>
    public static bool IsVoidLine(string body) => body is [VoidKind, ' ', ..];

    public static string NewAttempt() => Guid.NewGuid().ToString("N")[..Storage.OwnNames.AttemptLength];

    /// <summary>The parts of a layout, by where they begin.</summary>
    public IReadOnlyList<KeptPart> Of(string layout) => _layouts.TryGetValue(layout, out var parts) ? [.. parts.Values] : [];

    /// <summary>Takes in an intact line. Kinds that this version does not know mean nothing to it.</summary>
    public void Apply(string body)
    {
        var fields = body.Split(' ');
        if (fields.Length < 2 || fields[0].Length != 1)
        {
            return;
        }

        switch (fields[0][0])
        {
            case EncodeKind:
                (Newest, _layout, IsVoid) = (fields[1], "", false);
                Fruitless++;
                break;
            case AttemptKind when fields.Length >= 3:
                (Newest, _layout, IsVoid) = (fields[1], Uri.UnescapeDataString(fields[2]), false);
                break;
            case VoidKind:
                _layouts.Clear();
                (Newest, IsVoid, Fruitless) = (fields[1], true, 0);
                TakenBack++;
                break;
            case KeptPart.Kind when fields[1] == Newest && KeptPart.Parse(fields) is { } part:
                Fruitless = PartsOf(_layout).ContainsKey(part.Start) ? Fruitless : 0;
                PartsOf(_layout)[part.Start] = part;
                break;
            case ForgetKind when fields[1] == Newest && fields.Length >= 3 && long.TryParse(fields[2], NumberStyles.None, CultureInfo.InvariantCulture, out var from):
                foreach (var start in PartsOf(_layout).Keys.Where(start => start.Ticks >= from).ToList())
                {
                    PartsOf(_layout).Remove(start);
                }

                break;
            default:
                break;
        }
    }

    private SortedDictionary<TimeSpan, KeptPart> PartsOf(string layout)
    {
        if (!_layouts.TryGetValue(layout, out var parts))
        {
            _layouts[layout] = parts = [];
        }

        return parts;
    }
}
