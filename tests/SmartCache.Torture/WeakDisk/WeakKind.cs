using System.Text.RegularExpressions;

namespace SmartCache.Torture.WeakDisk;

/// <summary>What kind of a file or directory a path of the cache is.</summary>
internal static class WeakKind
{
    public const string Temporary = "temporary file";
    private const string Ahead = "fetched ahead";

    private static readonly (Regex Form, string Kind)[] _kinds =
    [
        (Rule("^$"), "parent of the root"),
        (Rule("^cache$"), "root"),
        (Rule("^cache/CACHEDIR.TAG$|^cache/[a-z]+/CACHEDIR.TAG$"), "marker"),
        (Rule(@"/?\.CACHEDIR\.TAG\.[0-9a-f]{32}$"), "temporary marker"),
        (Rule("^cache/(sources|profiles|uploads|quota|requests)$"), "layer"),
        (Rule("/staging/[0-9a-f]{32}/[0-9]+/manifest.json$"), "new manifest"),
        (Rule("/staging/[0-9a-f]{32}/[0-9]+/.*[.][a-z0-9]+$"), "staged file"),
        (Rule("/staging/[0-9a-f]{32}/[0-9]+$"), "temporary or staged"),
        (Rule("/staging/[0-9a-f]{32}/[0-9]+/"), "staged directory"),
        (Rule("^cache/[a-z]+/(locks|staging|trash|quarantine|keys|facts|ahead|targets|partials)$"), "directory of a layer"),
        (Rule("^cache/[a-z]+/[0-9a-f]{32}(_[0-9a-f]{32})?$"), "entry"),
        (Rule("^cache/[a-z]+/[0-9a-f]{32}(_[0-9a-f]{32})?/manifest.json$"), "manifest"),
        (Rule("^cache/[a-z]+/[0-9a-f]{32}(_[0-9a-f]{32})?/"), "file of an entry"),
        (Rule("^cache/sources/keys/"), "key"),
        (Rule("^cache/sources/facts/"), "facts"),
        (Rule("^cache/sources/ahead/"), Ahead),
        (Rule("^cache/uploads/targets/[0-9a-f]{32}$"), "target"),
        (Rule("[.]journal$"), "journal"),
        (Rule("/locks/condemned-"), "condemned"),
        (Rule("/locks/"), "lock"),
        (Rule("/trash/"), "trash"),
        (Rule("/quarantine/"), "quarantined"),
        (Rule("^cache/quota/"), "account"),
        (Rule("^cache/history/"), "history"),
        (Rule("^cache/uploads/"), "job"),
    ];

    public static string Of(WeakNode node)
    {
        var path = node.Path;
        var kind = Array.Find(_kinds, kind => kind.Form.IsMatch(path)).Kind ?? "other";
        if (kind == "staged file" && node is WeakFile { IsLinked: true })
        {
            return "staged file that was linked";
        }

        return kind == "temporary or staged" ? node is WeakDirectory ? "staged directory" : Temporary : kind;
    }

    /// <summary>Names that nobody misses after a power cut: no flush is there for them.</summary>
    public static bool IsNeverAskedFor(string kind) => kind is Temporary or Ahead or "temporary marker" or "lock" or "account" or "job" or "history" or "trash" or "quarantined" or "other";

    /// <summary>What is one line of the code: one that flushes for several reasons, or in several places, is told apart by the operation.</summary>
    public static string LineOf(string kind, string operation) =>
        kind.Contains("(marker", StringComparison.Ordinal) || kind.Contains(", marker", StringComparison.Ordinal) ? "directory of a new marker"
        : kind.Contains("moved out", StringComparison.Ordinal) ? operation switch
        {
            "condemn" or "condemn-rot" or "sweep" => "layer: a condemned entry moved out",
            "clear" => "layer: all entries moved out",
            _ => kind,
        }
        : kind.StartsWith("staged directory", StringComparison.Ordinal) ? kind.Contains("manifest", StringComparison.Ordinal) ? "staged entry" : "directory of a staged entry"
        : kind is "layer (entry)" or "layer (directory of a layer, entry)" ? "layer: a new entry"
        : kind == "layer (directory of a layer)" ? "layer: its own directories"
        : kind is "journal" or "target (journal)" ? operation switch
        {
            "forget" => kind + ": a forget",
            "checkpoint-always" => kind + ": a confirmation, at once",
            "sort-day" => kind + ": sorted",
            _ => kind + ": confirmations, at the end of a session",
        }
        : kind;

    private static Regex Rule(string form) => new(form, RegexOptions.CultureInvariant);
}
