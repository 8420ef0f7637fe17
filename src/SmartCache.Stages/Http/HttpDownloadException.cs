using System.Net;

namespace SmartCache.Stages;

/// <summary>A download that failed. Its texts carry no URL; the source is named by the first digits of the hash of its identity.</summary>
public sealed class HttpDownloadException : StageException
{
    /// <summary>Creates the exception.</summary>
    public HttpDownloadException()
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What went wrong.</param>
    public HttpDownloadException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What went wrong.</param>
    /// <param name="innerException">Why.</param>
    public HttpDownloadException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    /// <summary>The server's status, where one came.</summary>
    public HttpStatusCode? StatusCode { get; init; }

    internal TimeSpan? RetryAfter { get; init; }
}
