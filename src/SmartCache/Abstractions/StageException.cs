namespace SmartCache;

/// <summary>A stage failed: the base of what the ready-made stages throw, and free for a worker's own.</summary>
/// <remarks>The cache itself throws nothing of its own into a job. It lets a stage's exception through as it is.</remarks>
public class StageException : Exception
{
    /// <summary>Creates the exception.</summary>
    public StageException()
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What went wrong. Keep URLs and credentials out of it: it may be logged.</param>
    public StageException(string? message)
        : base(message)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What went wrong. Keep URLs and credentials out of it: it may be logged.</param>
    /// <param name="innerException">Why.</param>
    public StageException(string? message, Exception? innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Whether the same request may succeed later: a reset, a stall, a 503, an encoder that was ended from outside.</summary>
    /// <remarks>Not so a 404 or a wrong length. An encode that fails so does not put its source under suspicion the first three times.</remarks>
    public bool IsTransient { get; init; }
}
