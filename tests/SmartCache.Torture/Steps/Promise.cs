using SmartCache.Torture.Workload;

namespace SmartCache.Torture.Steps;

/// <summary>What holds from the moment on at which an operation has returned, whatever becomes of the process then.</summary>
/// <param name="Name">In the ledger of promises.</param>
/// <param name="IsKept">Whether it holds.</param>
internal sealed record Promise(string Name, Func<StepCase, Task<bool>> IsKept)
{
    public static readonly Promise NoEntries = new("no entries", static test => Task.FromResult(Entries(test, "sources").Concat(Entries(test, "profiles")).Any() is false));
    public static readonly Promise NoRecords = new("no records", static test => Task.FromResult(Records(test, "keys").Length + Records(test, "facts").Length == 0)) { SurvivesPowerCut = false };
    public static readonly Promise NoProfiles = new("no profiles", static test => Task.FromResult(Entries(test, "profiles").Any() is false));
    public static readonly Promise NoParts = new("no parts", static test => Task.FromResult(Named(Path.Combine(test.Paths.Cache, "profiles", "partials"), "*").Length == 0));
    public static readonly Promise SourceIsServed = new("the source is served", static async test => await IsServedAsync(test));
    public static readonly Promise SourceIsNotServed = new("the source is not served", static async test => !await IsServedAsync(test));
    public static readonly Promise ProfileIsServed = new("the profile is served", static async test => await IsProfileServedAsync(test));
    public static readonly Promise ProfileIsNotServed = new("the profile is not served", static async test => !await IsProfileServedAsync(test));
    public static readonly Promise OldIsGone = new("what is old is gone", static test => Task.FromResult(Old(test).Any() is false)) { SurvivesPowerCut = false };
    public static readonly Promise JobIsUnknown = new("the job is unknown", static async test => await test.Cache.Uploads.LoadAsync(Operation.Job) is null) { SurvivesPowerCut = false };
    public static readonly Promise JobHasEnded = new("the job has ended", static async test => await test.Cache.Uploads.LoadAsync(Operation.Job) is { Ended: true }) { SurvivesPowerCut = false };

    public static readonly Promise RottenIsNotServed = new("what is rotten is not served", static async test => !await IsRottenServedAsync(test));

    private static readonly Promise[] _all =
        [RottenIsNotServed, NoEntries, NoRecords, NoProfiles, NoParts, SourceIsServed, SourceIsNotServed, ProfileIsServed, ProfileIsNotServed, OldIsGone, JobIsUnknown, JobHasEnded];

    /// <summary>Whether it is on the disk when it is given, and not only with the kernel.</summary>
    public bool SurvivesPowerCut { get; private init; } = true;

    /// <summary>Promises of a case that do not hold.</summary>
    /// <param name="test">The case.</param>
    /// <param name="afterPowerCut">Whether only those count that survive one.</param>
    public static async Task<List<string>> BrokenAsync(StepCase test, bool afterPowerCut = false)
    {
        var broken = new List<string>();
        foreach (var name in LineFile.Read(test.Paths.Promises))
        {
            var given = _all.Single(promise => promise.Name == name);
            if ((given.SurvivesPowerCut || !afterPowerCut) && !await given.IsKept(test))
            {
                broken.Add($"promised and not kept: {name}");
            }
        }

        return broken;
    }

    private static async Task<bool> IsServedAsync(StepCase test)
    {
        await using var lease = await test.Cache.Sources.TryGetAsync(Operation.KeyOfSource);
        return lease is not null;
    }

    private static async Task<bool> IsRottenServedAsync(StepCase test)
    {
        await using var lease = await test.Cache.Sources.TryGetAsync(Operation.KeyOfSource);
        return lease is not null && !(await File.ReadAllBytesAsync(lease.Path)).AsSpan().SequenceEqual(StepCase.Content.Source(StepCase.Source));
    }

    private static async Task<bool> IsProfileServedAsync(StepCase test)
    {
        await using var lease = await test.Cache.Profiles.TryGetAsync(Operation.KeyOfProfile);
        return lease is not null;
    }

    // Names of entries are hashes, and no other directory of a layer has so long a name.
    private static IEnumerable<string> Entries(StepCase test, string layer) =>
        Named(Path.Combine(test.Paths.Cache, layer), "*").Where(static path => Path.GetFileName(path).Length >= 32);

    private static string[] Records(StepCase test, string directory) => Named(Path.Combine(test.Paths.Cache, "sources", directory), "*.json");

    private static IEnumerable<string> Old(StepCase test) =>
        LineFile.Read(test.Paths.Old).Where(static path => Directory.Exists(path) || File.Exists(path));

    private static string[] Named(string directory, string pattern) => Directory.Exists(directory) ? Directory.GetFileSystemEntries(directory, pattern) : [];
}
