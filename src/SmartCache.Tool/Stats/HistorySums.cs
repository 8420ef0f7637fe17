using System.Runtime.InteropServices;
using SmartCache.Tool.Views;

namespace SmartCache.Tool.Stats;

/// <summary>Adds up the history, event by event, in the order of their times.</summary>
/// <param name="asked">What jobs have asked for before; shared by the sums of several parts of one history.</param>
internal sealed class HistorySums(HashSet<(string Layer, string Job, string Key)>? asked = null)
{
    private static readonly string[] _layers = ["sources", "profiles", "uploads"];

    private readonly Dictionary<string, (RequestSums All, RequestSums Retries)> _requests = _layers.ToDictionary(static layer => layer, static _ => (new RequestSums(), new RequestSums()));
    private readonly HashSet<(string Layer, string Job, string Key)> _asked = asked ?? [];
    private readonly Dictionary<(string Layer, CacheReason Reason), int> _misses = [];
    private readonly Dictionary<(string Layer, string Limit), Sum> _evicted = [];
    private readonly Dictionary<(string Layer, string Limit), Sum> _regretted = [];
    private DateTimeOffset? _from;
    private DateTimeOffset? _to;
    private int _events;
    private int _faults;
    private int _rests;

    public HistorySpanView Span => new(_events, _from, _to, _faults, _rests);

    /// <summary>What hosts of a pool took from each other.</summary>
    public PoolSums Pool { get; } = new();

    public IReadOnlyList<RequestsView> Requests => [.. _layers.Select(layer => new RequestsView(layer, _requests[layer].All.ToView(), _requests[layer].Retries.ToView()))];

    public IReadOnlyList<MissReasonView> MissReasons =>
    [
        .. _misses.OrderBy(static miss => Array.IndexOf(_layers, miss.Key.Layer)).ThenByDescending(static miss => miss.Value)
            .Select(static miss => new MissReasonView(miss.Key.Layer, miss.Key.Reason, miss.Value, ReasonTexts.MeaningOf(miss.Key.Reason), ReasonTexts.WhatToDo(miss.Key.Reason))),
    ];

    public IReadOnlyList<GoneView> Evictions => ToViews(_evicted);

    public IReadOnlyList<GoneView> Regrets => ToViews(_regretted);

    public void Add(HistoryEvent happened)
    {
        _events++;
        _from ??= happened.Time;
        _to = happened.Time;
        Pool.Add(happened);
        switch (happened.Kind)
        {
            case HistoryEventKind.Requested when happened.Layer is { } layer && _requests.ContainsKey(layer):
                AddRequest(layer, happened);
                break;
            case HistoryEventKind.Evicted or HistoryEventKind.Expired:
                AddGone(_evicted, happened);
                break;
            case HistoryEventKind.Regretted:
                AddGone(_regretted, happened);
                break;
            case HistoryEventKind.Faulted:
                _faults++;
                break;
            case HistoryEventKind.Rested:
                _rests++;
                break;
        }
    }

    private void AddRequest(string layer, HistoryEvent request)
    {
        var (all, retries) = _requests[layer];
        all.Add(request);
        if (request is { Job: { } job, Key: { } key } && !_asked.Add((layer, job, key)))
        {
            retries.Add(request);
        }

        if (request.Outcome is CacheOutcome.Miss or CacheOutcome.Bypass)
        {
            CollectionsMarshal.GetValueRefOrAddDefault(_misses, (layer, request.Reason ?? CacheReason.None), out _)++;
        }
    }

    private static void AddGone(Dictionary<(string Layer, string Limit), Sum> sums, HistoryEvent gone)
    {
        ref var sum = ref CollectionsMarshal.GetValueRefOrAddDefault(sums, (gone.Layer ?? "", gone.Limit ?? ""), out _);
        sum = new Sum(sum.Entries + 1, sum.Bytes + (gone.Bytes ?? 0), sum.Seconds + (gone.Cost?.TotalSeconds ?? 0));
    }

    private static IReadOnlyList<GoneView> ToViews(Dictionary<(string Layer, string Limit), Sum> sums) =>
        [.. sums.OrderBy(static sum => sum.Key).Select(static sum => new GoneView(sum.Key.Layer, sum.Key.Limit, sum.Value.Entries, sum.Value.Bytes, sum.Value.Seconds))];

    private readonly record struct Sum(int Entries, long Bytes, double Seconds);
}
