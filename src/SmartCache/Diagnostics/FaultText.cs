using System.Text.RegularExpressions;
using SmartCache.Storage;

namespace SmartCache.Diagnostics;

/// <summary>
/// What of an exception's text may be logged. Exceptions of the system quote the path that failed, and a worker's file is often called like the end of its
/// URL, with the token in it. So of quoted names only those stay that the cache itself gives.
/// </summary>
internal static partial class FaultText
{
    private const string Hidden = "'…'";

    public static string Of(Exception exception) =>
        Quoted().Replace(exception.Message, static found => IsOwn(found.Value[1..^1]) ? found.Value : Hidden);

    private static bool IsOwn(string name) => OwnNames.IsGiven(name) || Other().IsMatch(name);

    // To the last quote: a worker's name may hold quotes itself. Apostrophes inside words are none.
    [GeneratedRegex("""(?<!\w)(['"]).*\1""", RegexOptions.Singleline | RegexOptions.CultureInvariant)]
    private static partial Regex Quoted();

    // A source, a part of a journal, something in the staging; and what the runtime calls a file whose path it does not know.
    [GeneratedRegex(@"^(open file|source\.[a-z0-9]{1,8}|[0-9]{4}-[0-9]{2}-[0-9]{2}(\.[0-9]{1,6})?\.journal|\d{1,9})$", RegexOptions.CultureInvariant)]
    private static partial Regex Other();
}
