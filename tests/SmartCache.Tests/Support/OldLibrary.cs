namespace SmartCache.Tests.Support;

/// <summary>
/// A C library as old as musl 1.2.4: all that the cache calls, but neither <c>statx</c> nor <c>renameat2</c>. Made by the C compiler for one test.
/// It has no library of its own to look in, so that a name it lacks is not found elsewhere; what it has, it takes from the process.
/// </summary>
internal static class OldLibrary
{
    private const string Code = """
        extern void *dlsym(void *, const char *);
        #define FROM_PROCESS(name) dlsym((void *)0, name)
        #define L long
        L open(L a, L b, L c) { return (int)((int (*)(L, L, ...))FROM_PROCESS("open"))(a, b, c); }
        L write(L a, L b, L c) { return ((L (*)(L, L, L))FROM_PROCESS("write"))(a, b, c); }
        int flock(int a, int b) { return ((int (*)(int, int))FROM_PROCESS("flock"))(a, b); }
        int link(L a, L b) { return ((int (*)(L, L))FROM_PROCESS("link"))(a, b); }
        int unlink(L a) { return ((int (*)(L))FROM_PROCESS("unlink"))(a); }
        int rename(L a, L b) { return ((int (*)(L, L))FROM_PROCESS("rename"))(a, b); }
        int ioctl(int a, L b, L c) { return ((int (*)(int, L, ...))FROM_PROCESS("ioctl"))(a, b, c); }
        int fsync(int a) { return ((int (*)(int))FROM_PROCESS("fsync"))(a); }
        int sync_file_range(int a, L b, L c, int d) { return ((int (*)(int, L, L, int))FROM_PROCESS("sync_file_range"))(a, b, c, d); }
        int utimensat(int a, L b, L c, int d) { return ((int (*)(int, L, L, int))FROM_PROCESS("utimensat"))(a, b, c, d); }
        int fcntl(int a, int b, L c) { return ((int (*)(int, int, ...))FROM_PROCESS("fcntl"))(a, b, c); }
        int posix_fadvise(int a, L b, L c, int d) { return ((int (*)(int, L, L, int))FROM_PROCESS("posix_fadvise"))(a, b, c, d); }
        int statvfs(L a, L b) { return ((int (*)(L, L))FROM_PROCESS("statvfs"))(a, b); }
        int getrlimit(int a, L b) { return ((int (*)(int, L))FROM_PROCESS("getrlimit"))(a, b); }
        unsigned geteuid(void) { return ((unsigned (*)(void))FROM_PROCESS("geteuid"))(); }
        L syscall(L n, L a, L b, L c, L d, L e, L f) { return ((L (*)(L, ...))FROM_PROCESS("syscall"))(n, a, b, c, d, e, f); }
        """;

    /// <summary>Why there is none here; <see langword="null"/> where it can be made.</summary>
    public static string? WhyNot => OperatingSystem.IsLinux() && File.Exists("/usr/bin/gcc") ? null : "A C library is compiled with /usr/bin/gcc, which is not here.";

    public static string MakeIn(string directory)
    {
        var (code, library) = (Path.Combine(directory, "old.c"), Path.Combine(directory, "libold.so"));
        File.WriteAllText(code, Code);
        Mount.Run("gcc", "-w", "-shared", "-fPIC", "-fno-builtin", "-nostdlib", "-o", library, code);
        return library;
    }
}
