using System.Text;
using SmartCache.Storage.Platform;

namespace SmartCache.Torture.Workload;

/// <summary>Lines that several processes append, each with one write: what was appended survives the death of the process that did it.</summary>
internal sealed class LineFile(string path) : IDisposable
{
    private readonly Microsoft.Win32.SafeHandles.SafeFileHandle _handle = FileSystem.Current.OpenAppend(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);

    public void Add(string line) => FileSystem.Current.Append(_handle, Encoding.UTF8.GetBytes(line + "\n"));

    public void Dispose() => _handle.Dispose();

    /// <summary>The whole lines of a file, none where there is no file.</summary>
    public static string[] Read(string path)
    {
        if (!File.Exists(path))
        {
            return [];
        }

        var text = File.ReadAllText(path);
        return text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
