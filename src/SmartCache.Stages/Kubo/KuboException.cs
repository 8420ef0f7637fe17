using System.Net;

namespace SmartCache.Stages;

/// <summary>A node failed, refused, or answered something that must not be believed. The text has no URL and no credential.</summary>
public sealed class KuboException : Exception
{
    /// <summary>A failure of a node.</summary>
    /// <param name="message">What happened.</param>
    /// <param name="innerException">The cause.</param>
    public KuboException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }

    /// <summary>Status of the reply, where there was one.</summary>
    public HttpStatusCode? StatusCode { get; init; }

    /// <summary>Whether the same request may succeed later.</summary>
    public bool IsTransient { get; init; } = true;

    /// <summary>The node said nothing until the deadline, which is long: trying it often would take a job hours.</summary>
    internal bool IsTimeout { get; init; }

    /// <summary>How long the node asked to wait.</summary>
    internal TimeSpan? RetryAfter { get; init; }

    /// <summary>The node, or what stands before it, does not offer the request at all; 401 is not among them, it asks for other credentials.</summary>
    internal bool IsNotOffered => StatusCode is HttpStatusCode.Forbidden or HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed or HttpStatusCode.NotImplemented;

    /// <summary>The JSON error message of the node itself, unlike one of a proxy.</summary>
    internal string? NodeMessage { get; init; }
}
