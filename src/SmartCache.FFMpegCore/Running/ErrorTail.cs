using System.Text.RegularExpressions;
using SmartCache.FFMpegCore.Files;

namespace SmartCache.FFMpegCore.Running;

/// <summary>The last lines that a program said, with every URL taken out.</summary>
internal sealed partial class ErrorTail
{
    private const int MaxLines = 12;
    private const int MaxLineLength = 300;

    private readonly Queue<string> _lines = new();

    public void Add(string line)
    {
        if (string.IsNullOrWhiteSpace(line))
            return;

        // Scrubbed before it is cut, because half a URL is not found any more.
        var clean = Url().Replace(line.Trim(), "[url]");
        lock (_lines)
        {
            _lines.Enqueue(clean.Length <= MaxLineLength ? clean : clean[..MaxLineLength] + "…");
            if (_lines.Count > MaxLines)
                _lines.Dequeue();
        }
    }

    /// <summary>The reason of a failure where the program said that the disk, or the user's share of it, is full; in words, and an exception is known by its number.</summary>
    public IOException? FullDisk =>
        Mentions("No space left on device") ? ShortSpace.NoSpace()
        : Mentions("Disk quota exceeded") || Mentions("Quota exceeded") ? ShortSpace.NoQuota()
        : null;

    private bool Mentions(string text)
    {
        lock (_lines)
            return _lines.Any(line => line.Contains(text, StringComparison.Ordinal));
    }

    /// <summary>What follows the sentence about the failure; empty where the program said nothing.</summary>
    public override string ToString()
    {
        lock (_lines)
            return _lines.Count == 0 ? "" : Environment.NewLine + string.Join(Environment.NewLine, _lines);
    }

    [GeneratedRegex(@"[A-Za-z][A-Za-z0-9+.\-]*://[^\s'""]*", RegexOptions.CultureInvariant)]
    private static partial Regex Url();
}
