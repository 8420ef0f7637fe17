using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace SmartCache.Diagnostics;

/// <summary>
/// Reports each kind of fault once, and again only after it went away or a quarter of an hour passed: a full disk under a thousand look-ups is one line.
/// Messages carry the exception's type and text; the storage's exceptions name at most a file's last part.
/// </summary>
internal sealed partial class FaultLog(ILogger logger, CacheMeter meter, TimeProvider time)
{
    private static readonly TimeSpan Silence = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan Calm = TimeSpan.FromMinutes(1);
    private const int MaxKinds = 256;

    private readonly ConcurrentDictionary<(string Layer, string Operation), Reported> _open = new();

    public void Report(string layer, string operation, Exception exception)
    {
        meter.Fault(layer, operation);
        var kind = $"{exception.GetType().Name}/{exception.HResult}";
        var now = time.GetTimestamp();
        if (_open.TryGetValue((layer, operation), out var reported) && reported.Kind == kind && time.GetElapsedTime(reported.At, now) < Silence)
        {
            Interlocked.Increment(ref reported.Repeats);
            return;
        }

        if (_open.Count < MaxKinds)
        {
            _open[(layer, operation)] = new Reported(kind, now);
        }

        Faulted(logger, layer, operation, exception.GetType().Name, exception.Message);
    }

    public void Succeeded(string layer, string operation)
    {
        // A fault that comes and goes within a minute stays one line.
        if (!_open.IsEmpty
            && _open.TryGetValue((layer, operation), out var reported)
            && time.GetElapsedTime(reported.At) > Calm
            && _open.TryRemove((layer, operation), out _))
        {
            Recovered(logger, layer, operation, reported.Repeats + 1);
        }
    }

    [LoggerMessage(400, LogLevel.Warning, "Cache fault in layer {Layer}, operation {Operation}: {Fault}: {Reason} The job goes on without the cache. The same fault is not logged again for 15 minutes.")]
    private static partial void Faulted(ILogger logger, string layer, string operation, string fault, string reason);

    [LoggerMessage(401, LogLevel.Information, "Cache layer {Layer}, operation {Operation} works again after {Faults} fault(s).")]
    private static partial void Recovered(ILogger logger, string layer, string operation, int faults);

    private sealed class Reported(string kind, long at)
    {
        public int Repeats;

        public string Kind { get; } = kind;

        public long At { get; } = at;
    }
}
