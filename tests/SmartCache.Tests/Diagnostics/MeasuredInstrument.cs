using System.Diagnostics.Metrics;
using SmartCache.Diagnostics;

namespace SmartCache.Tests.Diagnostics;

/// <summary>An instrument of the meter, with the tags that it was really measured with.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind"><c>counter</c>, <c>histogram</c> or <c>gauge</c>.</param>
/// <param name="Unit">Its unit.</param>
/// <param name="Tags">The keys, in the order of the alphabet.</param>
internal sealed record MeasuredInstrument(string Name, string Kind, string Unit, string Tags)
{
    /// <summary>Every instrument, each measured once.</summary>
    public static IReadOnlyList<MeasuredInstrument> All { get; } = Measure();

    /// <summary>The names that OTLP's translation for Prometheus gives.</summary>
    public IEnumerable<string> PrometheusNames()
    {
        var unit = Unit switch { "s" => "_seconds", "By" => "_bytes", ['{', ..] => "", _ => throw new NotSupportedException($"The unit {Unit} has no word yet.") };
        var name = Name.Replace('.', '_') + unit;
        return Kind switch { "counter" => [name + "_total"], "histogram" => [name + "_bucket", name + "_sum", name + "_count"], _ => [name] };
    }

    private static List<MeasuredInstrument> Measure()
    {
        var published = new Dictionary<string, Instrument>();
        var tags = new Dictionary<string, SortedSet<string>>();
        using var meters = new Meters();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, it) =>
        {
            if (ReferenceEquals(instrument.Meter.Scope, meters))
            {
                published.Add(instrument.Name, instrument);
                it.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((instrument, _, measured, _) => Note(instrument, measured));
        listener.SetMeasurementEventCallback<double>((instrument, _, measured, _) => Note(instrument, measured));
        listener.Start();
        using (var meter = new CacheMeter(meters))
        {
            UseAll(meter);
            listener.RecordObservableInstruments();
        }

        tags.Keys.Should().BeEquivalentTo(published.Keys, "UseAll measures each");
        return [.. published.Values.Select(one => new MeasuredInstrument(one.Name, KindOf(one), one.Unit!, string.Join(", ", tags[one.Name])))];

        void Note(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> measured) =>
            (tags.TryGetValue(instrument.Name, out var known) ? known : tags[instrument.Name] = new(StringComparer.Ordinal)).UnionWith(measured.ToArray().Select(static tag => tag.Key));
    }

    private static void UseAll(CacheMeter meter)
    {
        var second = TimeSpan.FromSeconds(1);
        meter.Request("sources", CacheOutcome.Miss, CacheReason.NotCached, second);
        meter.WouldHaveHit("sources");
        meter.Saved("sources", second, 1);
        meter.Retried("sources", new StageUse(CacheOutcome.Hit, second, 1, CacheReason.None));
        meter.Regretted("sources", "MaxSize", "LRU", second, 1);
        meter.HistoryLost(1);
        meter.Fault("sources", "open", CacheReason.Fault);
        meter.Evicted("sources", "MaxAge", 1);
        meter.Quarantined("sources");
        meter.Resumed(second);
        meter.PartRefused(CacheReason.NoRoom);
        meter.SameStreams();
        meter.SameStreamsMade(second);
        meter.PrefetchDone(PrefetchPriority.NextJob, PrefetchOutcome.Stored);
        meter.PrefetchObserved();
        meter.PrefetchFetched(1);
        meter.PrefetchUsed(1, second);
        meter.PrefetchPaused(second);
        meter.Remote.Request("get", "Found", second);
        meter.Remote.Moved("in", 1);
        meter.Remote.Hit("sources", second);
        meter.Remote.Dropped(1, "QueueAge");
        meter.Remote.Wrong("sources");
        meter.Remote.Rested("reads");
        meter.Remote.Lease("Taken");
        var disk = new DiskState { FreeBytes = 2, FloorBytes = 1, FreeInodes = 2, FloorInodes = 1 };
        meter.Watch(() => new CacheState
        {
            Layers = [new LayerState { Name = "sources", Entries = 1, Disk = disk }],
            Space = new SpaceStatistics { UsedBytes = 1, ReservedBytes = 0, LimitBytes = 2 },
            NeededBytes = 1,
        });
    }

    private static string KindOf(Instrument instrument) => instrument switch { Counter<long> or Counter<double> => "counter", Histogram<double> => "histogram", _ => "gauge" };

    private sealed class Meters : IMeterFactory
    {
        public Meter Create(MeterOptions options) => new(new MeterOptions(options.Name) { Scope = this });

        public void Dispose()
        {
        }
    }
}
