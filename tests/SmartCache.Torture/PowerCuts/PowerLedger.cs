using System.Globalization;
using SmartCache.Torture.Workload;

namespace SmartCache.Torture.PowerCuts;

/// <summary>
/// What a worker was told and what it is about to do, beside the recorded disk: each line bears how long the record of the disk was. What begins is noted
/// before it is done, what was told after the call has returned.
/// </summary>
internal sealed class PowerLedger(string path, string log, int worker) : IDisposable
{
    private readonly LineFile _file = new(path);

    public void Add(string line) => _file.Add(string.Create(CultureInfo.InvariantCulture, $"{new FileInfo(log).Length} {worker} {line}"));

    public void Dispose() => _file.Dispose();
}
