namespace SmartCache.FFMpegCore.Files;

/// <summary>A full disk is the likely cause of an output with holes, and only said where it is one.</summary>
internal static class ShortSpace
{
    // What a segment or two of a high bit rate take: with less than this free the last write may have failed.
    private const long Little = 32 << 20;

    private const int Enospc = 28, Edquot = 122, EdquotOfMac = 69;

    /// <summary>ENOSPC, as .NET throws it.</summary>
    public static IOException NoSpace() => new("No space left on device", Enospc);

    /// <summary>EDQUOT, as .NET throws it.</summary>
    public static IOException NoQuota() => new("Disk quota exceeded", OperatingSystem.IsMacOS() ? EdquotOfMac : Edquot);

    /// <summary>Whether the disk, or the user's share of it, was full.</summary>
    public static bool Is(Exception exception) => exception is IOException { HResult: Enospc or Edquot or EdquotOfMac };

    /// <summary>What follows the sentence about a hole; empty where there is space.</summary>
    /// <param name="directory">Where there may be none, or what was below there.</param>
    public static string In(string directory)
    {
        while (!Directory.Exists(directory) && Path.GetDirectoryName(directory) is { } above)
            directory = above;
        try
        {
            return new DriveInfo(directory).AvailableFreeSpace is < Little and var free ? $"; the disk is full ({free} bytes are free)" : "";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return "";
        }
    }
}
