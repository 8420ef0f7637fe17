using System.Net;

namespace SmartCache.Stages;

/// <summary>A node failed, refused, or answered something that must not be believed. The text has no URL and no credential.</summary>
public sealed class KuboException : StageException
{
    /// <summary>Creates the exception.</summary>
    public KuboException() => IsTransient = true;

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What happened.</param>
    public KuboException(string message)
        : base(message) => IsTransient = true;

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What happened.</param>
    /// <param name="innerException">The cause.</param>
    public KuboException(string message, Exception? innerException)
        : base(message, innerException) => IsTransient = true;

    /// <summary>Status of the reply, where there was one.</summary>
    public HttpStatusCode? StatusCode { get; init; }

    /// <summary>The node said nothing until the deadline, which is long: trying it often would take a job hours.</summary>
    internal bool IsTimeout { get; init; }

    /// <summary>How long the node asked to wait.</summary>
    internal TimeSpan? RetryAfter { get; init; }

    /// <summary>The node, or what stands before it, does not offer the request at all; 401 is not among them, it asks for other credentials.</summary>
    internal bool IsNotOffered => StatusCode is HttpStatusCode.Forbidden or HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed or HttpStatusCode.NotImplemented;

    /// <summary>The JSON error message of the node itself, unlike one of a proxy.</summary>
    internal string? NodeMessage { get; init; }
}
