using System.Diagnostics;
using System.Text.RegularExpressions;
using SmartCache.Configuration;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Configuration;

/// <summary>samples/deploy is what docs/configuration.md shows, names settings that exist, and is taken by those who read it.</summary>
public sealed partial class DeployFilesTests : IDisposable
{
    private static readonly string Folder = Path.Combine(Snapshot.Repository, "samples", "deploy");
    private static readonly string Unit = File.ReadAllText(Path.Combine(Folder, "encoder.service"));
    private static readonly string Compose = File.ReadAllText(Path.Combine(Folder, "compose.yaml"));

    private readonly string _directory = Directory.CreateTempSubdirectory("smartcache-test-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Page_shows_the_files_as_they_are()
    {
        var page = File.ReadAllText(Path.Combine(Snapshot.Repository, "docs", "configuration.md"));

        page.Should().Contain($"```ini\n{Unit}```").And.Contain($"```yaml\n{Compose}```");
    }

    [Fact]
    public void Settings_that_the_files_name_exist_and_their_values_are_valid()
    {
        var named = UnitVariable().Matches(Line(Unit, "Environment=")).Concat(ComposeVariable().Matches(Compose)).Select(static setting => (Name: setting.Groups[1].Value, setting.Groups[2].Value)).ToList();
        named.Select(static setting => setting.Name).Should().Contain(["CACHE_MAX_SIZE", "CACHE_MAX_AGE", "Cache__Directory", "Cache__MinFreeSpace"]);
        var options = new CacheOptions();
        foreach (var (name, value) in named)
        {
            var key = SettingTable.All.Should().ContainSingle(key => key.EnvironmentName == name || key.FullPath == name.Replace("__", ":", StringComparison.Ordinal), name).Subject;
            typeof(CacheOptions).GetProperty(key.Path)!.SetValue(options, value);
        }

        options.Directory = _directory;
        new CacheSettingsParser(["LRU"], _directory).Parse(options, static (key, _) => key.FullPath).Messages.Should().BeEmpty();
    }

    [SystemdFact]
    public async Task Unit_is_one_that_systemd_takes_without_a_word()
    {
        // No program lies at the place of the example's.
        var path = Path.Combine(_directory, "encoder.service");
        await File.WriteAllTextAsync(path, Unit.Replace(Line(Unit, "ExecStart="), "ExecStart=/bin/true", StringComparison.Ordinal).Replace(Line(Unit, "WorkingDirectory="), "WorkingDirectory=/", StringComparison.Ordinal));

        using var verify = Process.Start(new ProcessStartInfo("systemd-analyze", ["verify", "--man=no", path]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        var said = await verify.StandardError.ReadToEndAsync() + await verify.StandardOutput.ReadToEndAsync();
        await verify.WaitForExitAsync();

        // Also what it says of other units of the machine stands there.
        said.Split('\n').Where(static line => line.Contains("encoder", StringComparison.Ordinal)).Should().BeEmpty();
        verify.ExitCode.Should().Be(0, said);
    }

    [Fact]
    public void Compose_file_is_a_tree_of_names_values_and_lists()
    {
        var (indent, isOpen) = (0, true);
        foreach (var line in Compose.Split('\n').Where(static line => line.Trim() is { Length: > 0 } text && text[0] != '#'))
        {
            var own = line.Length - line.TrimStart(' ').Length;
            (own % 2 == 0 && YamlLine().IsMatch(line)).Should().BeTrue(line);
            (own <= indent || (isOpen && own == indent + 2)).Should().BeTrue(line);
            (indent, isOpen) = (own, line.EndsWith(':'));
        }

        Compose.Should().Contain("\nservices:\n").And.Contain("\nvolumes:\n  encoder-data:\n").And.Contain("- encoder-data:/data\n");
    }

    private static string Line(string file, string begin) => file.Split('\n').Single(line => line.StartsWith(begin, StringComparison.Ordinal));

    [GeneratedRegex(@"(C\w+)=(\S+)")]
    private static partial Regex UnitVariable();

    [GeneratedRegex(@"^ {6}(C\w+): (\S+)$", RegexOptions.Multiline)]
    private static partial Regex ComposeVariable();

    [GeneratedRegex(@"^ *(- )?[\w./-]+:( \S.*)?$|^ *- \S+$")]
    private static partial Regex YamlLine();
}
