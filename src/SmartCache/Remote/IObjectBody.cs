namespace SmartCache;

/// <summary>The bytes of an object that is to be stored.</summary>
public interface IObjectBody
{
    /// <summary>How many.</summary>
    long Length { get; }

    /// <summary>Opens some of them. May be called again, and while another stream is open, for parts.</summary>
    /// <param name="offset">Where to begin.</param>
    /// <param name="count">How many bytes the stream gives.</param>
    /// <returns>A stream that the caller disposes of. It throws where the bytes are no longer what they were.</returns>
    Stream Open(long offset, long count);
}
