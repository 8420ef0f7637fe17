namespace SmartCache.Torture.Tracing;

/// <summary>A system call that touches files, and where its paths or its descriptor stand.</summary>
/// <param name="Name">As in the manual.</param>
/// <param name="Group">
/// What is injected into together: <c>open</c>, <c>write</c>, <c>fsync</c>, <c>rename</c>, <c>link</c>, <c>unlink</c>, <c>lock</c>, <c>read</c>, <c>meta</c>,
/// <c>stat</c>, <c>statfs</c>, <c>seek</c>, <c>readlink</c>, <c>access</c>.
/// </param>
/// <param name="Paths">Indexes of arguments that are paths.</param>
/// <param name="Descriptor">Index of the argument that is a descriptor, where no path is given; -1 otherwise.</param>
/// <param name="Count">Index of the argument that says how much to read or write, so that it can be done in part; -1 otherwise.</param>
internal sealed record SystemCall(string Name, string Group, int[] Paths, int Descriptor = -1, int Count = -1)
{
    private const int OpenCreates = 0x40 | 0x200; // O_CREAT, O_TRUNC

    /// <summary>By number, x86-64.</summary>
    public static readonly IReadOnlyDictionary<ulong, SystemCall> Table = new Dictionary<ulong, SystemCall>
    {
        [0] = new("read", "read", [], 0, 2),
        [17] = new("pread64", "read", [], 0, 2),
        [217] = new("getdents64", "read", [], 0),
        [1] = new("write", "write", [], 0, 2),
        [18] = new("pwrite64", "write", [], 0, 2),
        [20] = new("writev", "write", [], 0, 2),
        [296] = new("pwritev", "write", [], 0, 2),
        [326] = new("copy_file_range", "write", [], 2, 4),
        [285] = new("fallocate", "write", [], 0),
        [77] = new("ftruncate", "write", [], 0),
        [2] = new("open", "open", [0]),
        [257] = new("openat", "open", [1]),
        [74] = new("fsync", "fsync", [], 0),
        [75] = new("fdatasync", "fsync", [], 0),
        [277] = new("sync_file_range", "fsync", [], 0),
        [82] = new("rename", "rename", [0, 1]),
        [264] = new("renameat", "rename", [1, 3]),
        [316] = new("renameat2", "rename", [1, 3]),
        [86] = new("link", "link", [0, 1]),
        [265] = new("linkat", "link", [1, 3]),
        [87] = new("unlink", "unlink", [0]),
        [263] = new("unlinkat", "unlink", [1]),
        [84] = new("rmdir", "unlink", [0]),
        [73] = new("flock", "lock", [], 0),
        [72] = new("fcntl", "lock", [], 0),
        [83] = new("mkdir", "meta", [0]),
        [258] = new("mkdirat", "meta", [1]),
        [280] = new("utimensat", "meta", [1]),
        [90] = new("chmod", "meta", [0]),
        [91] = new("fchmod", "meta", [], 0),
        [268] = new("fchmodat", "meta", [1]),
        [332] = new("statx", "stat", [1], 0),
        [262] = new("newfstatat", "stat", [1], 0),
        [4] = new("stat", "stat", [0]),
        [6] = new("lstat", "stat", [0]),
        [5] = new("fstat", "stat", [], 0),
        [137] = new("statfs", "statfs", [0]),
        [138] = new("fstatfs", "statfs", [], 0),
        [8] = new("lseek", "seek", [], 0),
        [89] = new("readlink", "readlink", [0]),
        [267] = new("readlinkat", "readlink", [1]),
        [21] = new("access", "access", [0]),
        [269] = new("faccessat", "access", [1]),
        [439] = new("faccessat2", "access", [1]),
    };

    /// <summary>
    /// Whether no job makes this call, so that it is the cache's also on a job's own file: what .NET needs to know of a file it asks by the older calls.
    /// </summary>
    public bool IsTheCaches => Name == "statx";

    /// <summary>Whether a call with these arguments leaves something behind that the death of its process would show: bytes, names, times, locks.</summary>
    public bool Mutates(ReadOnlySpan<ulong> arguments) => Group switch
    {
        "read" or "stat" or "statfs" or "seek" or "readlink" or "access" => false,
        "open" => (arguments[Name == "open" ? 1 : 2] & OpenCreates) != 0,
        _ => true,
    };

    /// <summary>Locks by fcntl, and nothing else that it does: setting a mark is 37 (F_OFD_SETLK), asking is 36.</summary>
    public bool IsOfInterest(ReadOnlySpan<ulong> arguments) => Name != "fcntl" || arguments[1] is 5 or 6 or 36 or 37;
}
