using SmartCache.Configuration;

namespace SmartCache.Fuzz.Targets;

/// <summary>Texts of all settings: each is a value in its range or a message that says what is wrong, on one line and without a pasted password.</summary>
internal sealed class SettingsTarget : IFuzzTarget
{
    private static readonly CacheSettingsParser Parser = new(["LRU", "FIFO", "SIZE", "COST"], "/base");

    public string Name => "settings";

    public int Weight => 30;

    public void Dispose()
    {
    }

    public void Run(FuzzRandom random)
    {
        var options = new CacheOptions();
        for (var changed = 1 + random.Below(4); changed > 0; changed--)
        {
            var key = random.Pick(SettingTable.All);
            key.Write(options, random.Chance(5) ? null : random.Chance(40) ? Change(key.Example, random) : HostileText.Make(random));
        }

        var parsed = Parser.Parse(options, static (key, _) => key.FullPath);
        foreach (var message in parsed.Messages)
        {
            FuzzFailureException.Unless(!message.Any(char.IsControl) && message.Length < 2000, $"a message of several lines, or of any length: {message}");
            FuzzFailureException.Unless(!message.Contains("user:pass", StringComparison.Ordinal), "a pasted password in a message");
        }

        if (parsed.Failures.Count == 0)
        {
            Check(parsed.Settings);
        }
    }

    private static void Check(CacheSettings settings)
    {
        FuzzFailureException.Unless(settings.MaxSize >= 1_000_000 && settings.MaxSize * 9 > 0, $"MaxSize {settings.MaxSize}");
        FuzzFailureException.Unless(settings.MinFreeSpace.On(1_000_000_000) >= 0, "MinFreeSpace is negative");
        foreach (var wait in new[] { settings.CleanupInterval, settings.LockTimeout, settings.OperationTimeout })
        {
            FuzzFailureException.Unless(wait > TimeSpan.Zero && wait.TotalMilliseconds < uint.MaxValue - 1, $"no timer takes {wait}");
        }

        foreach (var age in new[] { settings.MaxAge, settings.MaxSourceAge, settings.UploadStateMaxAge, settings.TrustUploads, settings.VerifyInterval })
        {
            FuzzFailureException.Unless(age >= TimeSpan.Zero && DateTimeOffset.UtcNow - age < DateTimeOffset.MaxValue, $"an age of {age}");
        }

        foreach (var directory in new[] { settings.Root, settings.SourcesDirectory, settings.ProfilesDirectory, settings.UploadsDirectory })
        {
            FuzzFailureException.Unless(Path.IsPathFullyQualified(directory) && Path.GetFullPath(directory) == directory && directory.Length > 1 && !directory.Any(static c => c < ' '), $"the directory '{directory}'");
        }

        FuzzFailureException.Unless((settings.DirectoryMode & (UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute)) == (UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute), "a directory that its owner cannot use");
        FuzzFailureException.Unless(Enum.IsDefined(settings.Integrity) && Enum.IsDefined(settings.Materialize) && Enum.IsDefined(settings.SourcesMode), "a choice that is none");
    }

    private static string Change(string example, FuzzRandom random)
    {
        var at = random.Below(example.Length + 1);
        return random.Below(4) switch
        {
            0 => example.Insert(at, HostileText.Make(random)),
            1 => HostileText.SwapCase(example, random),
            2 => example[..at],
            _ => example.Insert(at, random.Pick(["0", "9", ".", "-", " ", "e", "\n", "\0"])),
        };
    }
}
