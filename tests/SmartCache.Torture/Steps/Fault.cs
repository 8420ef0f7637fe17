using SmartCache.Torture.Tracing;
using SmartCache.Torture.Workload;

namespace SmartCache.Torture.Steps;

/// <summary>One way in which a system call, and what follows it, can go wrong.</summary>
/// <param name="Error">The error's name, or <c>SHORT</c> for a part that is read or written.</param>
/// <param name="Errno">Its number.</param>
/// <param name="Group">The kind of call whose N-th is struck, or <c>any</c>.</param>
/// <param name="Afterwards">What becomes of later calls.</param>
internal sealed record Fault(string Error, int Errno, string Group, Afterwards Afterwards)
{
    private const ulong Seed = 11;

    /// <summary>Of the calls of an operation, how many are tried where the fault does not stop at its kind.</summary>
    private const ulong OneIn = 4;

    private static readonly (string Name, int Errno, string[] Groups, bool Stays)[] _errors =
    [
        ("ENOSPC", 28, ["open", "write", "fsync", "rename", "link", "unlink", "lock", "read", "meta"], true),
        ("EIO", 5, ["open", "write", "fsync", "rename", "link", "unlink", "lock", "read", "meta", "stat", "statfs", "seek", "readlink", "access"], true),
        ("EACCES", 13, ["open", "write", "fsync", "rename", "link", "unlink", "lock", "read", "meta", "stat", "statfs", "readlink", "access"], true),
        ("EMFILE", 24, ["open", "write", "fsync", "rename", "link", "unlink", "lock", "read", "meta"], true),

        // Whoever is interrupted tries again, for ever if it must.
        ("EINTR", 4, ["open", "write", "fsync", "rename", "link", "unlink", "lock", "read", "meta", "statfs"], false),

        // Somebody took the file away for a moment.
        ("ENOENT", 2, ["stat", "statfs", "readlink", "access"], false),
        ("ENOSYS", 38, ["stat"], false),
        ("SHORT", Injection.Shortens, ["write", "read"], true),
    ];

    public static readonly IReadOnlyList<Fault> All =
    [
        .. _errors.SelectMany(static error => error.Groups.Select(group => (error, group))).SelectMany(static pair => pair.error.Stays
            ? new[] { New(pair.error, pair.group, Afterwards.Nothing), New(pair.error, pair.group, Afterwards.ItsKind) }
            : [New(pair.error, pair.group, Afterwards.Nothing)]),
        new("EIO", 5, "any", Afterwards.All),
        .. _errors.Select(static error => New(error, "any", Afterwards.OneMore)),
    ];

    /// <summary>The error and what follows, for a table.</summary>
    public string Column => Afterwards switch
    {
        Afterwards.All => "all " + Error,
        Afterwards.OneMore => "two",
        _ => Error,
    };

    /// <summary>Whether this call could fail like that.</summary>
    public bool Fits(Step step) =>
        (Group == "any" || step.Call.Group == Group) && Array.Find(_errors, error => error.Name == Error).Groups.Contains(step.Call.Group) && Error switch
        {
            "SHORT" => step.CanBeShort,
            "ENOSYS" => step.Call.Name == "statx",
            "EACCES" or "ENOENT" when step.Call.Group is "stat" or "statfs" => step.IsByPath,
            _ => true,
        };

    /// <summary>Whether the N-th call is among those that are tried: every one, or some chosen by seed where there would be too many.</summary>
    public bool Takes(string operation, int at) => Group != "any" || Random(operation, at) % (Afterwards == Afterwards.All ? OneIn : OneIn * (ulong)_errors.Length) == 0;

    public Injection At(string root, string operation, int at)
    {
        var random = Random(operation, at) >> 8;
        var second = _errors[(random >> 8) % (ulong)_errors.Length];
        return new Injection(root, Fits)
        {
            At = at,
            Errno = Errno,
            Afterwards = Afterwards,

            // Near, where what the first fault has begun is under way.
            Second = (1 + (int)(random % 24), second.Name is "ENOENT" or "ENOSYS" ? 5 : second.Errno),
        };
    }

    public override string ToString() => Afterwards switch
    {
        Afterwards.ItsKind => $"{Error} at each {Group} from",
        Afterwards.All => $"{Error} at every call from",
        Afterwards.OneMore => $"{Error}, and one more fault soon after, at call",
        _ => $"{Error} at {Group}",
    };

    private static Fault New((string Name, int Errno, string[] Groups, bool Stays) error, string group, Afterwards afterwards) => new(error.Name, error.Errno, group, afterwards);

    private ulong Random(string operation, int at) => operation.Aggregate(SplitMix.Mix(Seed, unchecked((ulong)Errno), (ulong)at), static (mixed, letter) => SplitMix.Mix(mixed, letter));
}
