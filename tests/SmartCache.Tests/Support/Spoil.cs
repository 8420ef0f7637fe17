namespace SmartCache.Tests.Support;

/// <summary>Breaks what lies in the cache.</summary>
internal static class Spoil
{
    /// <summary>Flips a byte of each payload file and puts the modification time back, as a bad disk would.</summary>
    public static void Silently(string entry)
    {
        foreach (var path in Payload(entry))
        {
            // .NET sets times to 100 ns only, and the manifest has them to the nanosecond.
            var reference = Path.GetTempFileName();
            Touch("-r", path, reference);
            InPlace(path);
            Touch("-r", reference, path);
            File.Delete(reference);
        }
    }

    public static void InPlace(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite);
        file.Position = file.Length / 2;
        var old = file.ReadByte();
        file.Position--;
        file.WriteByte((byte)~old);
    }

    private static void Touch(params string[] arguments)
    {
        using var touch = System.Diagnostics.Process.Start("touch", arguments);
        touch.WaitForExit();
    }

    public static IEnumerable<string> Payload(string entry) =>
        Directory.EnumerateFiles(entry, "*", SearchOption.AllDirectories).Where(static path => Path.GetFileName(path) != "manifest.json");
}
