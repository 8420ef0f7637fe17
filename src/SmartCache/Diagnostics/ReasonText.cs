using SmartCache.Abstractions;
namespace SmartCache.Diagnostics;

/// <summary>Reasons on their way into the log.</summary>
internal static class ReasonText
{
    /// <summary>One line, bounded.</summary>
    public static string ToLog(this Reason reason) => string.IsNullOrEmpty(reason.Text) ? "-" : LogText.Reason(reason.Text);
}
