namespace SmartCache.Storage.Platform;

/// <summary>What a failure says of a disk; also where it is the reason of another failure.</summary>
internal static class DiskError
{
    private const int Enospc = 28, Eio = 5, Erofs = 30;

    /// <summary>EBADMSG and EUCLEAN of Linux: a checksum is wrong (ext4, xfs), or what the disk gives is no file system's (xfs, f2fs).</summary>
    private const int BadMessage = 74, NeedsCleaning = 117;

    /// <summary>Of Linux, of macOS.</summary>
    private const int Edquot = 122, EdquotOfMac = 69;

    /// <summary>ERROR_HANDLE_DISK_FULL, ERROR_DISK_FULL and ERROR_DISK_QUOTA_EXCEEDED of Windows, as HRESULTs.</summary>
    private const int HandleDiskFull = unchecked((int)0x80070027), DiskFull = unchecked((int)0x80070070), DiskQuotaExceeded = unchecked((int)0x8007050F);

    /// <summary>ERROR_CRC and ERROR_IO_DEVICE of Windows, as HRESULTs.</summary>
    private const int Crc = unchecked((int)0x80070017), IoDevice = unchecked((int)0x8007045D);

    /// <summary>It is full, or the user's share of it is.</summary>
    public static bool IsFull(Exception? exception) => Says(
        exception,
        static code => code is Enospc or HandleDiskFull or DiskFull or DiskQuotaExceeded || code == (OperatingSystem.IsMacOS() ? EdquotOfMac : Edquot));

    /// <summary>
    /// It does not give the bytes of a file. A hard link or a clone of such a file is made without reading it, so that a hit says nothing, and the stage behind it fails.
    /// </summary>
    public static bool IsUnreadable(Exception? exception) => Says(exception, static code => code is Eio or BadMessage or NeedsCleaning or Crc or IoDevice);

    /// <summary>Nothing may be written there.</summary>
    public static bool IsReadOnly(Exception? exception) => Says(exception, static code => code == Erofs);

    private static bool Says(Exception? exception, Predicate<int> code) => exception switch
    {
        null => false,
        AggregateException several => several.InnerExceptions.Any(inner => Says(inner, code)),
        IOException error when code(error.HResult) => true,
        _ => Says(exception.InnerException, code),
    };
}
