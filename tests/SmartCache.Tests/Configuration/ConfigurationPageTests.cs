using SmartCache.Configuration;

namespace SmartCache.Tests.Configuration;

public class ConfigurationPageTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(RepositoryRoot(), "docs", "configuration.md"));

    public static TheoryData<string> Keys => new(SettingTable.All.Select(key => key.Path));

    [Theory]
    [MemberData(nameof(Keys))]
    public void The_page_has_the_row_that_the_table_of_settings_gives(string path) =>
        Page.Split('\n').Should().Contain(Row(SettingTable.All.Single(key => key.Path == path)), "this is the row of the code's table");

    [Fact]
    public void The_page_has_no_rows_for_settings_that_do_not_exist() =>
        Page.Split('\n').Count(line => line.StartsWith("| `Cache:", StringComparison.Ordinal)).Should().Be(SettingTable.All.Count);

    [Fact]
    public void The_page_names_every_environment_name() =>
        SettingTable.All.SelectMany(key => new[] { key.EnvironmentName, key.EnvironmentFallback }).OfType<string>().Should().OnlyContain(name => Page.Contains($"`{name}`"));

    private static string Row(SettingKey key) =>
        $"| `{key.FullPath}` | {Default(key)} | {key.Allowed} | {(key.NeedsRestart ? "restart" : "live")} | {(key.EnvironmentName is { } name ? $"`{name}`" : "")} | {key.Meaning} |";

    private static string Default(SettingKey key) => key.Default.Contains(' ', StringComparison.Ordinal) ? key.Default : $"`{key.Default}`";

    private static string RepositoryRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "SmartCache.sln")))
        {
            directory = directory.Parent ?? throw new InvalidOperationException("The tests do not run inside the repository.");
        }

        return directory.FullName;
    }
}
