using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Diagnostics.Tracing;
using System.Runtime.ExceptionServices;

namespace SmartCache.Pool;

/// <summary>Listens to all that a process says of itself: every instrument and its tags, every activity, the events of the HTTP client, and every exception where it is thrown.</summary>
internal sealed class HeardSignals : EventListener
{
    /// <summary>What the client's authors debug it with. It holds whole requests, and no host routes it anywhere.</summary>
    private const string Private = "Private.";

    private readonly MeterListener _meters = new();
    private readonly ActivityListener _activities;
    private readonly SecretSearch _search;

    public HeardSignals(SecretSearch search)
    {
        _search = search;
        _meters.InstrumentPublished = (instrument, listener) => listener.EnableMeasurementEvents(instrument);
        _meters.SetMeasurementEventCallback<byte>(Measured);
        _meters.SetMeasurementEventCallback<short>(Measured);
        _meters.SetMeasurementEventCallback<int>(Measured);
        _meters.SetMeasurementEventCallback<long>(Measured);
        _meters.SetMeasurementEventCallback<float>(Measured);
        _meters.SetMeasurementEventCallback<double>(Measured);
        _meters.SetMeasurementEventCallback<decimal>(Measured);
        _meters.Start();
        _activities = new ActivityListener { ShouldListenTo = static _ => true, Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded, ActivityStopped = Stopped };
        ActivitySource.AddActivityListener(_activities);
        AppDomain.CurrentDomain.FirstChanceException += Thrown;

        // Those that were there before this one are told of in the base's constructor, when nothing was set yet.
        foreach (var source in EventSource.GetSources())
        {
            Enable(source);
        }
    }

    /// <summary>Reads the instruments that are asked.</summary>
    public void ReadInstruments() => _meters.RecordObservableInstruments();

    public override void Dispose()
    {
        AppDomain.CurrentDomain.FirstChanceException -= Thrown;
        _activities.Dispose();
        _meters.Dispose();
        base.Dispose();
    }

    protected override void OnEventSourceCreated(EventSource eventSource) => Enable(eventSource);

    protected override void OnEventWritten(EventWrittenEventArgs eventData) =>
        _search?.Add("event", $"{eventData.EventSource.Name} {eventData.EventName} {eventData.Message} {string.Join(' ', eventData.Payload ?? new([]))}");

    private void Enable(EventSource source)
    {
        if (source.Name.Contains("System.Net", StringComparison.Ordinal) && !source.Name.StartsWith(Private, StringComparison.Ordinal))
        {
            EnableEvents(source, EventLevel.Verbose, EventKeywords.All);
        }
    }

    private void Measured<T>(Instrument instrument, T value, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state) =>
        _search.Add("metric", $"{instrument.Meter.Name} {instrument.Name} {instrument.Description} {value} {Text(tags.ToArray())}");

    private void Stopped(Activity activity) => _search.Add(
        "activity",
        $"{activity.Source.Name} {activity.OperationName} {activity.DisplayName} {activity.StatusDescription} {Text(activity.TagObjects)} {Text(activity.Baggage)} {string.Join(' ', activity.Events.Select(static one => one.Name + " " + Text(one.Tags)))}");

    private void Thrown(object? sender, FirstChanceExceptionEventArgs thrown) => _search.Add("exception", thrown.Exception.ToString());

    private static string Text<T>(IEnumerable<KeyValuePair<string, T>> tags) => string.Join(' ', tags.Select(static tag => $"{tag.Key}={tag.Value}"));
}
