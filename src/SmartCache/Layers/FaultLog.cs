using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using SmartCache.Diagnostics;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Layers;

/// <summary>
/// Reports each kind of fault once, and again only after it went away or a quarter of an hour passed: a full disk under a thousand look-ups is one line.
/// Messages carry the exception's type and, of its text, what says nothing about the worker's files. Opening a layer touches none of those,
/// and there the whole path is what one needs to know.
/// </summary>
/// <param name="logger">Where it is told.</param>
/// <param name="meter">Counts all of them.</param>
/// <param name="time">The clock.</param>
/// <param name="noted">Is told each fault and the layer that it was in. Returns at once and never throws.</param>
internal sealed partial class FaultLog(ILogger logger, CacheMeter meter, TimeProvider time, Action<Exception, string>? noted = null)
{
    private static readonly TimeSpan Silence = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan Calm = TimeSpan.FromMinutes(1);
    private const int MaxKinds = 256;
    private volatile bool _isDisabled;

    /// <summary>The operation that comes before every other one; whatever succeeds afterwards shows that it works again.</summary>
    public const string Opening = "open";

    private readonly ConcurrentDictionary<(string Layer, string What), Reported> _open = new();

    /// <summary>Who keeps what happens; <see langword="null"/> where nobody does.</summary>
    public IHistory? History { get; set; }

    /// <summary>A layer whose faults are counted and no more: it holds nothing but evidence, for which no entry goes to make room, and others meet the same disk.</summary>
    public string? CountedOnly { get; init; }

    /// <summary>Whether something failed lately and did not work again since.</summary>
    public bool Any => !_open.IsEmpty;

    /// <summary>The faults that are none of one layer.</summary>
    public DirectoryRefusals Refusals { get; } = new(logger);

    /// <summary>Whether a file switches the whole cache off, as whoever looked last saw it: a layer that nobody uses would not notice that the file is gone.</summary>
    public bool IsDisabled
    {
        get => _isDisabled;
        set => _isDisabled = value;
    }

    public void Report(string layer, string operation, Exception exception)
    {
        meter.Fault(layer, operation, FaultReasons.CodeOf(exception));
        if (exception is ForeignDirectoryException refusal)
        {
            Refusals.Note(refusal);
            return;
        }

        if (layer == CountedOnly)
        {
            return;
        }

        noted?.Invoke(exception, layer);
        if (IsNew(layer, operation, exception))
        {
            Faulted(logger, layer, operation, exception.GetType().Name, operation == Opening ? exception.Message : FaultText.Of(exception));
        }
    }

    /// <summary>Notes a fault that another line tells: it is not said here too, but its end is.</summary>
    public void Told(string layer, string operation, Exception exception) => IsNew(layer, operation, exception);

    /// <summary>Notes that a layer is left alone for a time.</summary>
    public void Rests(string layer) => History?.Record(new HistoryEvent(HistoryEventKind.Rested) { Layer = layer, Reason = CacheReason.Resting });

    private bool IsNew(string layer, string operation, Exception exception)
    {
        if (!IsNewKind(layer, operation, exception))
        {
            return false;
        }

        History?.Record(new HistoryEvent(HistoryEventKind.Faulted)
        {
            Layer = layer, Reason = FaultReasons.Of(operation, exception).Code, Operation = operation, Failure = FailureNames.Of(exception),
        });
        return true;
    }

    private bool IsNewKind(string layer, string operation, Exception exception)
    {
        // An error that was met on the way and told at the end, such as by a sweep, is the one that other operations meet too.
        var cause = exception is IOException { InnerException: { } inner } ? inner : exception;
        var kind = $"{cause.GetType().Name}/{cause.HResult}";
        var now = time.GetTimestamp();
        var what = IsOfTheDisk(cause) ? kind : operation;
        var met = new Reported(kind, operation, now) { Last = now, Calm = DiskError.IsUnreadable(cause) ? Silence : Calm };
        while (true)
        {
            if (!_open.TryGetValue((layer, what), out var reported))
            {
                // A disk that fails is met by several threads at one moment; one of them says it.
                if (_open.Count >= MaxKinds || _open.TryAdd((layer, what), met))
                {
                    return true;
                }
            }
            else if (reported.Kind == kind && time.GetElapsedTime(reported.At, now) < Silence)
            {
                Interlocked.Increment(ref reported.Repeats);
                Interlocked.Exchange(ref reported.Last, now);
                return false;
            }
            else if (_open.TryUpdate((layer, what), met, reported))
            {
                return true;
            }
        }
    }

    public void Succeeded(string layer, string operation)
    {
        // A fault that comes and goes within a minute stays one line. So does one place that the disk does not give, among all those that it gives.
        if (_open.IsEmpty)
        {
            return;
        }

        foreach (var (key, reported) in _open)
        {
            if (key.Layer == layer && (reported.Operation == operation || reported.Operation == Opening) && time.GetElapsedTime(Interlocked.Read(ref reported.Last)) > reported.Calm && _open.TryRemove(key, out _))
            {
                Recovered(logger, layer, operation, reported.Repeats + 1);
            }
        }
    }

    // A full, read-only, forbidden or hung disk fails every operation of a layer in the same way: one line, not one for each. errno is small and positive.
    // Where a file cannot be sought .NET takes it for a pipe, whatever error the disk gave.
    private static bool IsOfTheDisk(Exception exception) =>
        exception is UnauthorizedAccessException or TimeoutException or NotSupportedException || exception.HResult is > 0 and < 4096;

    [LoggerMessage(400, LogLevel.Warning, "Cache fault in layer {Layer}, operation {Operation}: {Fault}: {Reason} The job goes on without the cache. The same fault is not logged again for 15 minutes.")]
    private static partial void Faulted(ILogger logger, string layer, string operation, string fault, string reason);

    [LoggerMessage(401, LogLevel.Information, "Cache layer {Layer}, operation {Operation} works again after {Faults} fault(s).")]
    private static partial void Recovered(ILogger logger, string layer, string operation, int faults);

    private sealed class Reported(string kind, string operation, long at)
    {
        public int Repeats;

        public long Last;

        public string Kind { get; } = kind;

        public string Operation { get; } = operation;

        public long At { get; } = at;

        /// <summary>How long it must not have been met before what works says that it is over.</summary>
        public TimeSpan Calm { get; init; }
    }
}
