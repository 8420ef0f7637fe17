using System.Globalization;
using SmartCache.Tool.Views;

namespace SmartCache.Tool.Html;

/// <summary>Times of a timeline, in UTC, as short as they can be told apart.</summary>
internal sealed class TimeTexts(TimelineView timeline)
{
    private readonly TimeSpan _span = TimeSpan.FromSeconds(timeline.StepSeconds * timeline.Steps.Count);

    /// <summary>How long a step is: "hour", "6 hours", "day", "week".</summary>
    public string Step { get; } = TimeSpan.FromSeconds(timeline.StepSeconds) switch
    {
        { TotalDays: 7 } => "week",
        { TotalDays: >= 1 } days => Of(days.TotalDays, "day"),
        { TotalHours: >= 1 } hours => Of(hours.TotalHours, "hour"),
        var minutes => Of(minutes.TotalMinutes, "minute"),
    };

    /// <summary>When a step begins, for an axis.</summary>
    public string Axis(int step) => Format(step, _span.TotalDays > 300 ? "MMM yyyy" : _span.TotalDays > 2 ? "d MMM" : "d MMM HH:mm");

    /// <summary>When a step begins, for a table.</summary>
    public string Row(int step) => Format(step, timeline.StepSeconds % 86_400 == 0 ? "yyyy-MM-dd" : "yyyy-MM-dd HH:mm");

    private string Format(int step, string format) => timeline.Steps[step].From.UtcDateTime.ToString(format, CultureInfo.InvariantCulture);

    private static string Of(double number, string unit) => number == 1 ? unit : string.Create(CultureInfo.InvariantCulture, $"{number:0} {unit}s");
}
