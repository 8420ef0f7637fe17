using System.Text;
using SmartCache.Storage.Platform;

namespace SmartCache.Worker;

/// <summary>A file to which several processes append one line per piece of work that was really done, each in one step.</summary>
internal sealed class SharedLog(string path)
{
    public void Add(string line)
    {
        using var handle = FileSystem.Current.OpenAppend(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        FileSystem.Current.Append(handle, Encoding.UTF8.GetBytes(line + "\n"));
    }
}
