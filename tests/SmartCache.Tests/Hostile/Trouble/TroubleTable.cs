using SmartCache.Tests.Support;

namespace SmartCache.Tests.Hostile.Trouble;

/// <summary>The table in docs/reliability.md: a row for each trouble, in the order of <see cref="Troubles.All"/>.</summary>
internal static class TroubleTable
{
    private const string Variable = "SMARTCACHE_WRITE_SNAPSHOTS";
    private const string Head = "| trouble | made by | first attempt | retry | the cache says |";
    private static readonly string _page = Path.Combine(Snapshot.Repository, "docs", "reliability.md");

    /// <summary>Fails where the table says something else; writes the row where the environment variable is set.</summary>
    public static void Check(string name, string row)
    {
        if (Environment.GetEnvironmentVariable(Variable) == "1")
        {
            Write(name, row);
            return;
        }

        Rows().Should().Contain(row, $"this is what was seen; where the change is meant, write it anew with {Variable}=1 and dotnet test, and review the difference");
    }

    public static IReadOnlyList<string> Rows() => [.. File.ReadAllLines(_page).SkipWhile(static line => line != Head).Skip(2).TakeWhile(static line => line.StartsWith('|'))];

    public static string NameOf(string row) => row.Split('|')[1].Trim();

    private static void Write(string name, string row)
    {
        var lines = File.ReadAllLines(_page).ToList();
        var start = lines.IndexOf(Head) + 2;
        var rows = Rows();
        lines.RemoveRange(start, rows.Count);
        var names = Troubles.All.Select(static trouble => trouble.Name).ToList();
        lines.InsertRange(start, rows.Where(old => names.Contains(NameOf(old)) && NameOf(old) != name).Append(row).OrderBy(one => names.IndexOf(NameOf(one))));
        File.WriteAllText(_page, string.Join('\n', lines) + "\n");
    }
}
