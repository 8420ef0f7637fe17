namespace SmartCache.Hosting;

/// <summary>The probe that the worker registered, made when the first video is to be probed.</summary>
internal sealed class LateSourceProbe(WorkerHelpers helpers) : ISourceProbe
{
    public ValueTask<IReadOnlyDictionary<string, string>> ProbeAsync(string path, CancellationToken cancellationToken = default) =>
        helpers.Get<ISourceProbe>().ProbeAsync(path, cancellationToken);
}
