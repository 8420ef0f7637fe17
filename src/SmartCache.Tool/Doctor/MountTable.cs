using System.Globalization;

namespace SmartCache.Tool.Doctor;

/// <summary>Which mount a path lies on, as <c>/proc/self/mountinfo</c> says.</summary>
internal sealed class MountTable
{
    // mount id, parent id, device, root, mount point, ...: proc(5).
    private const int IdField = 0;
    private const int DeviceField = 2;
    private const int PointField = 4;

    private readonly List<(string Point, string Id, string Device)> _mounts = [];

    public static MountTable OfProcess()
    {
        var table = new MountTable();
        foreach (var fields in File.ReadLines("/proc/self/mountinfo").Select(static line => line.Split(' ')).Where(static fields => fields.Length > PointField))
        {
            table._mounts.Add((Unescape(fields[PointField]), fields[IdField], fields[DeviceField]));
        }

        return table;
    }

    /// <summary>The mount and its file system. Of two mounts over each other the later one counts.</summary>
    public (string Id, string Device)? Of(string directory)
    {
        var path = new DirectoryInfo(directory).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? directory;
        var over = _mounts.Where(mount => IsBelow(path, mount.Point)).ToList();
        return over.Count == 0 ? null : over.Where(mount => mount.Point.Length == over.Max(static one => one.Point.Length)).Select(static mount => (mount.Id, mount.Device)).Last();
    }

    private static bool IsBelow(string path, string point) => point == "/" || path == point || path.StartsWith(point + "/", StringComparison.Ordinal);

    // Blanks and the like stand as a backslash and three octal digits.
    private static string Unescape(string text)
    {
        for (var at = text.IndexOf('\\', StringComparison.Ordinal); at >= 0 && at + 3 < text.Length; at = text.IndexOf('\\', at + 1))
        {
            var code = Convert.ToInt32(text.Substring(at + 1, 3), 8);
            text = text[..at] + ((char)code).ToString(CultureInfo.InvariantCulture) + text[(at + 4)..];
        }

        return text;
    }
}
