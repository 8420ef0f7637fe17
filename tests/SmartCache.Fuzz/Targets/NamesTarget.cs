using SmartCache.Diagnostics;
using SmartCache.Jobs;
using SmartCache.Profiles;
using SmartCache.Sources;
using SmartCache.Storage;
using SmartCache.Uploads;

namespace SmartCache.Fuzz.Targets;

/// <summary>Names that come from outside: what becomes of them is a plain file name of its own, also where the file system does not tell cases apart.</summary>
internal sealed class NamesTarget : IFuzzTarget
{
    private const int MaxRemembered = 200_000;

    private readonly Dictionary<string, string> _jobs = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, string> _targets = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, string> _scopes = new(StringComparer.OrdinalIgnoreCase);

    public string Name => "names";

    public int Weight => 40;

    public void Dispose()
    {
    }

    public void Run(FuzzRandom random)
    {
        var text = HostileText.Make(random);
        if (random.Chance(30))
        {
            CheckJob(HostileText.SwapCase(text, random));
        }

        CheckJob(text);
        Apart(_targets, TargetName.Of(new UploadTarget(text, "")).Short, text, "targets");
        Apart(_scopes, SourceKey.From(new DownloadRequest("http://a/", "/d") { Scope = text }).Name, text, "scopes");

        if (EntryPath.IsSafe(text))
        {
            var full = Path.GetFullPath(Path.Combine("/root/entry", text));
            FuzzFailureException.Unless(full.StartsWith("/root/entry/", StringComparison.Ordinal) && full == "/root/entry/" + text, $"'{text}' leads elsewhere");
            FuzzFailureException.Unless(EntryPath.IsSafe(ProfileEntry.StoredPath(text)) || text.Length > 1000, $"'{text}' is safe and its stored path is not");
        }

        var file = SourceEntry.FileName(text.Replace("\0", "", StringComparison.Ordinal));
        FuzzFailureException.Unless(file.Length <= 16 && EntryPath.IsSafe(file) && file != Manifest.FileName && file.StartsWith("source.", StringComparison.Ordinal), $"'{text}' is stored as '{file}'");
        FuzzFailureException.Unless(!LogText.Name(text).Any(char.IsControl), "a log line of several");
        _ = ContentId.Normalize(text);
        _ = SourceUrl.Identity(text, hasScope: true);
    }

    private void CheckJob(string id)
    {
        var name = SafeJobName.Of(id);
        FuzzFailureException.Unless(name.Length <= 80 && name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_') && EntryPath.IsSafe(name + ".json"), $"job '{id}' is stored as '{name}'");
        Apart(_jobs, name, id, "jobs");
    }

    private static void Apart(Dictionary<string, string> known, string name, string text, string what)
    {
        if (known.Count >= MaxRemembered)
        {
            known.Clear();
        }

        if (!known.TryAdd(name, text))
        {
            FuzzFailureException.Unless(known[name] == text, $"two {what} share '{name}': '{text}' and '{known[name]}'");
        }
    }
}
