using System.Text.RegularExpressions;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Runbook;

/// <summary>docs/troubleshooting.md: a line <c>&lt;!-- NAME N --&gt;</c> stands before each block of a command and its output.</summary>
internal static partial class TroubleshootingPage
{
    public const string Path = "docs/troubleshooting.md";

    public static string Read() => File.ReadAllText(System.IO.Path.Combine(Snapshot.Repository, Path));

    public static IReadOnlyList<string> Names() => [.. Marker().Matches(Read()).Select(static marker => marker.Groups[1].Value).Distinct()];

    /// <summary>Fails where the page shows something else; writes it instead where the environment asks for it.</summary>
    public static void Check(string symptom, IReadOnlyList<(string Command, string Output)> typed)
    {
        var page = Read();
        Marker().Matches(page).Count(marker => marker.Groups[1].Value == symptom).Should().Be(typed.Count, $"the page has a place for each command of {symptom}");
        foreach (var (index, (command, output)) in typed.Index())
        {
            var marker = $"<!-- {symptom} {index + 1} -->\n";
            var begin = page.IndexOf(marker, StringComparison.Ordinal) + marker.Length;
            begin.Should().BeGreaterThan(marker.Length, marker);
            var end = page[begin..].StartsWith("```", StringComparison.Ordinal) ? page.IndexOf("\n```\n", begin, StringComparison.Ordinal) + "\n```\n".Length : begin;
            var block = $"```console\n$ {command}{(output.Length > 0 ? "\n" + output : "")}\n```\n";
            var shown = page[begin..end];
            if (!Snapshot.IsWritten)
            {
                Settled(shown).Should().Be(Settled(block), "docs/troubleshooting.sh writes it anew");
            }

            page = string.Concat(page.AsSpan(0, begin), Settled(shown) == Settled(block) ? shown : block, page.AsSpan(end));
        }

        Snapshot.Check(page.TrimEnd('\n').Split('\n'), Path);
    }

    // A busy machine adds some tenths to what a stage took.
    private static string Settled(string block) => Tenths().Replace(block, "$1.0 s");

    [GeneratedRegex(@"(\d)\.[1-4] s")]
    private static partial Regex Tenths();

    [GeneratedRegex(@"<!-- ([a-z-]+) \d+ -->")]
    private static partial Regex Marker();
}
