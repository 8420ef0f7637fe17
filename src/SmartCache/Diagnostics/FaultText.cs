using System.Text.RegularExpressions;

namespace SmartCache.Diagnostics;

/// <summary>
/// What of an exception's text may be logged. Exceptions of the system quote the path that failed, and a worker's file is often called like the end of its
/// URL, with the token in it. So of quoted names only those stay that the cache itself gives.
/// </summary>
internal static partial class FaultText
{
    private const string Hidden = "'…'";

    public static string Of(Exception exception) =>
        Quoted().Replace(exception.Message, static found => Own().IsMatch(found.ValueSpan[1..^1]) ? found.Value : Hidden);

    // To the last quote: a worker's name may hold quotes itself. Apostrophes inside words are none.
    [GeneratedRegex("""(?<!\w)(['"]).*\1""", RegexOptions.Singleline | RegexOptions.CultureInvariant)]
    private static partial Regex Quoted();

    [GeneratedRegex(
        @"^(open file|(manifest|metadata|account|verification)\.json|source\.[a-z0-9]{1,8}|((entry|make|key|writer|condemned)-)?[0-9a-f]{32}(_[0-9a-f]{32})?(\.json|\.journal)?|[0-9]{4}-[0-9]{2}-[0-9]{2}(\.[0-9]{1,6})?\.journal|account|evict|locks|staging|trash|quarantine|keys|facts|targets|partials|sources|profiles|uploads|quota|\d{1,9})$",
        RegexOptions.CultureInvariant)]
    private static partial Regex Own();
}
