namespace SmartCache;

/// <summary>An object store failed.</summary>
/// <remarks>The text may be logged: it names no credential and no presigned address, which is one.</remarks>
public sealed class ObjectStoreException : Exception
{
    /// <summary>Creates the exception.</summary>
    public ObjectStoreException()
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What went wrong.</param>
    public ObjectStoreException(string? message)
        : base(message)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What went wrong.</param>
    /// <param name="innerException">Why. Its text is never logged, because it may hold an address.</param>
    public ObjectStoreException(string? message, Exception? innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="fault">The kind.</param>
    /// <param name="message">What went wrong.</param>
    /// <param name="innerException">Why. Its text is never logged, because it may hold an address.</param>
    public ObjectStoreException(ObjectStoreFault fault, string? message, Exception? innerException = null)
        : base(message, innerException) => Fault = fault;

    /// <summary>The kind.</summary>
    /// <value>Default <see cref="ObjectStoreFault.Unavailable"/>.</value>
    public ObjectStoreFault Fault { get; }
}
