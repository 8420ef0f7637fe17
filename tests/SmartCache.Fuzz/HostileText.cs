using System.Globalization;
using System.Text;

namespace SmartCache.Fuzz;

/// <summary>Names, paths and values that somebody has already tried somewhere.</summary>
internal static class HostileText
{
    private static readonly string[] Known =
    [
        "", " ", ".", "..", "../", "../../../../etc/passwd", "..\\..\\x", "/", "/etc/passwd", "//server/share", "C:\\x", "c:x", "~", "~root", "$HOME", "%TEMP%",
        "file:///etc/passwd", "https://user:pass@host/x?token=1", "a/../b", "a/./b", "a//b", "./a", "a/", "a.", "a ", "a. ", "...", "…", "a\0b", "\0", "a\nb", "a\r\nb", "\u0001", "\u007f", "\u0085",
        "CON", "con.ts", "NUL", "nul.json", "AUX", "PRN", "COM1", "lpt9.txt", "COM¹", "CONIN$", "CLOCK$", "a:stream", "a:b:$DATA", "desktop.ini",
        "\u202etxt.exe", "\u200b", "\ufeff", "\ufeff#EXTM3U", "\u2028", "\u2215etc\u2215passwd", "\uff0e\uff0e\uff0f", "\u0430dmin", "admin", "ADMIN", "Admin", "\u0130", "\u0131", "ß", "SS", "ﬁ", "e\u0301", "é",
        "\ud800", "\udfff", "a\ud800", "a\ud801", "\ud83d\ude00", "%2e%2e%2f", "%2e%2e/%2e%2e/x", "%00", "%", "%zz", "%5c..", "seg%20a.ts", "a?b", "a*b", "a|b", "a<b", "a\"b", "-rf", "--help", "`id`", "$(id)", "'; drop",
        "0", "-0", "-1", "1", "00", "0x10", "1e400", "-1e400", "NaN", "Infinity", "1.7976931348623157e308", "2147483648", "-2147483649", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "79228162514264337593543950336", "1,5", "1.5.5", ".", ".5", "5.",
        "24h", "24:00:00", "24", "-5m", "7d", "106751991.00:00:00", "10675200.00:00:00", "2147483647.23:59:59.9999999", "::", "1:2:3", "00:00:60", "99999999999999999999d", "0.0000001ms", "50GB", "50 GB", "1e3GB", "9999999999TB", "10%", "100%", "99.999999999999999999%", "-1%", "5 PB", "٣GB",
        "true", "TRUE", "yes", "null", "undefined", "[]", "{}", "7", "LRU", "lru ", "On,Off", "0700", "0777", "9999", "0", "0o700", "02770", "manifest.json", "MANIFEST.JSON", "source.mp4", "index.m3u8", "files/index.m3u8",
    ];

    public static string Make(FuzzRandom random)
    {
        switch (random.Below(12))
        {
            case < 6:
                return random.Pick(Known);
            case 6:
                return random.Pick(Known) + random.Pick(Known);
            case 7:
                return random.Pick(Known) + "/" + random.Pick(Known);
            case 8:
                return new string(random.Pick(["a", "/", "../", "\u00e9", "\ud83d\ude00", "%2e"])[0], random.Pick([255, 256, 1024, 1025, 4096, 10_000]));
            case 9:
                return random.Long().ToString(CultureInfo.InvariantCulture);
            case 10:
                return SwapCase(random.Pick(Known), random);
            default:
                var text = new StringBuilder();
                for (var length = random.Below(40); length > 0; length--)
                {
                    text.Append((char)(random.Chance(70) ? random.Below(128) : random.Below(0x10000)));
                }

                return text.ToString();
        }
    }

    /// <summary>The same text but for the case of its letters.</summary>
    public static string SwapCase(string text, FuzzRandom random) =>
        string.Concat(text.Select(c => random.Chance(50) ? char.ToUpperInvariant(c) : char.ToLowerInvariant(c)));
}
