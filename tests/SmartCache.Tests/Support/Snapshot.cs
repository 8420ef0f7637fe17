namespace SmartCache.Tests.Support;

/// <summary>Compares text with a file of the repository that people review.</summary>
internal static class Snapshot
{
    private const string Variable = "SMARTCACHE_WRITE_SNAPSHOTS";

    public static string Repository { get; } = FindRepository();

    /// <summary>Whether the environment asks for the files to be written anew.</summary>
    public static bool IsWritten => Environment.GetEnvironmentVariable(Variable) == "1";

    /// <summary>Fails where the file differs; writes it instead where the environment variable is set.</summary>
    public static void Check(IEnumerable<string> lines, string relativePath)
    {
        var path = Path.Combine(Repository, relativePath);
        var text = string.Join('\n', lines) + "\n";
        if (IsWritten)
        {
            File.WriteAllText(path, text);
            return;
        }

        var recorded = File.Exists(path) ? File.ReadAllLines(path) : [];
        text.TrimEnd('\n').Split('\n').Should().Equal(
            recorded, $"{relativePath} pins this; where the change is meant, write it anew with {Variable}=1 and dotnet test, and review the difference");
    }

    private static string FindRepository()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "SmartCache.sln")))
        {
            directory = directory.Parent;
        }

        return directory?.FullName ?? throw new InvalidOperationException("The tests do not run below the repository.");
    }
}
