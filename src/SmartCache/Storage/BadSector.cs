namespace SmartCache.Storage;

/// <summary>The disk does not give the bytes of a file. A hard link or a clone of such a file is made without reading it, so that a hit says nothing, and the stage behind it fails.</summary>
internal static class BadSector
{
    /// <summary>EIO.</summary>
    private const int Eio = 5;

    /// <summary>ERROR_CRC and ERROR_IO_DEVICE of Windows, as HRESULTs.</summary>
    private const int Crc = unchecked((int)0x80070017), IoDevice = unchecked((int)0x8007045D);

    /// <summary>Whether a failure says so; also where it is the reason of another one.</summary>
    public static bool IsMet(Exception? exception) => exception switch
    {
        null => false,
        AggregateException several => several.InnerExceptions.Any(IsMet),
        IOException { HResult: Eio or Crc or IoDevice } => true,
        _ => IsMet(exception.InnerException),
    };
}
