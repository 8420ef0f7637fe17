using Microsoft.Extensions.Logging.Abstractions;
using SmartCache.Configuration;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Worker;

/// <summary>Holds something of a cache's source layer until standard input ends, or the process is killed.</summary>
internal static class HoldStorage
{
    /// <summary>Prints <c>leased</c> or the reason why not.</summary>
    public static int Lease(string root, string name)
    {
        var settings = new FixedSettings(CacheSettings.ForRoot(root));
        using var directory = Opened(settings);
        var entries = new EntryStore(directory, new ContentHasher(FileSystem.Current), () => settings.Current.Integrity, static _ => { }, static (_, _) => { }, TimeProvider.System, NullLogger.Instance);
        using var lease = entries.TryLease(name, OperationPulse.Unwatched(CancellationToken.None), out var reason);
        return Hold(lease is null ? reason.Text : "leased");
    }

    /// <summary>Prints the path of a staging directory with a file in it.</summary>
    public static int Stage(string root)
    {
        var settings = new FixedSettings(CacheSettings.ForRoot(root));
        using var directory = Opened(settings);
        using var staged = new StagedEntry(directory, new FileTransfer(FileSystem.Current, () => settings.Current.Materialize));
        File.WriteAllText(Path.Combine(staged.Directory, "half.bin"), "half");
        return Hold(staged.Directory);
    }

    /// <summary>Makes the directories with a mode in octal digits.</summary>
    public static int Open(string root, string mode)
    {
        using var directory = Opened(new FixedSettings(CacheSettings.ForRoot(root) with { DirectoryMode = (UnixFileMode)Convert.ToInt32(mode, 8) }));
        File.WriteAllText(Path.Combine(directory.Root, "by-the-worker"), "");
        return Hold("open");
    }

    /// <summary>Opens a cache's first directories when it is told to by a line on its input; prints <c>open</c>, or why not.</summary>
    public static int Claim(string root)
    {
        var settings = new FixedSettings(CacheSettings.ForRoot(root));
        Console.Out.WriteLine("ready");
        Console.In.ReadLine();
        try
        {
            using var directory = Opened(settings);
            return Hold("open");
        }
        catch (IOException exception)
        {
            return Hold(exception.Message);
        }
    }

    private static LayerDirectory Opened(FixedSettings settings)
    {
        var directory = new LayerDirectory("sources", settings.Current.SourcesDirectory, () => settings.Current, FileSystem.Current);
        directory.EnsureOpen();
        return directory;
    }

    private static int Hold(string line)
    {
        Console.Out.WriteLine(line);
        Console.Out.Flush();
        Console.In.ReadToEnd();
        return 0;
    }
}
