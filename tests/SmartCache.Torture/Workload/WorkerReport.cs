using System.Globalization;
using Microsoft.Extensions.Logging;

namespace SmartCache.Torture.Workload;

/// <summary>What one worker did and saw, line by line on disk, so that nothing of it dies with the worker.</summary>
internal sealed class WorkerReport(string path) : IDisposable
{
    public const string Violation = "violation";
    public const string Fault = "fault";
    public const string Note = "note";

    private readonly LineFile _lines = new(path);

    private static string Now => DateTime.UtcNow.ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture);

    public void Count(string what) => _lines.Add(what);

    public void Violate(string what) => _lines.Add($"{Violation} {Now} {what.ReplaceLineEndings(" ")}");

    /// <summary>Keeps what the cache logged; from a warning on it counts as a fault that the cache noticed.</summary>
    public void Log(LogLevel level, string line) =>
        _lines.Add($"{(level >= LogLevel.Warning ? Fault : Note)} {Now} {line.ReplaceLineEndings(" ")}");

    public void Dispose() => _lines.Dispose();
}
