using System.Globalization;
using System.Net;

namespace SmartCache.Diagnostics;

/// <summary>
/// What is kept of an exception: the types along its inner exceptions and HTTP status codes. Never a message: an uploader's carries its endpoint,
/// and that its password.
/// </summary>
internal static class FailureNames
{
    private const int MaxDepth = 5;
    private const int MaxLength = 200;

    public static string Of(Exception exception)
    {
        var names = new List<string>();
        for (var at = exception; at is not null && names.Count < MaxDepth; at = at.InnerException)
        {
            names.Add(at is HttpRequestException { StatusCode: { } status } ? $"{at.GetType().Name} {StatusOf(status)}" : at.GetType().Name);
        }

        var text = string.Join(" < ", names);
        return text.Length > MaxLength ? text[..MaxLength] : text;
    }

    private static string StatusOf(HttpStatusCode status) => ((int)status).ToString(CultureInfo.InvariantCulture);
}
