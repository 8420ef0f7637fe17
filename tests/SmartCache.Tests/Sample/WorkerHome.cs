namespace SmartCache.Tests.Sample;

/// <summary>A temp directory with the worker's state folder in it.</summary>
public abstract class WorkerHome : IDisposable
{
    protected WorkerHome()
    {
        Home = Directory.CreateTempSubdirectory("smartcache-sample-").FullName;
    }

    protected string Home { get; }

    protected string ReportFile => Path.Combine(Home, "report.json");

    protected string DemoCache => Path.Combine(Home, "smartcache-sample", "cache");

    protected string Work => Path.Combine(Home, "smartcache-sample", "work");

    protected string Published => Path.Combine(Home, "smartcache-sample", "publish", "objects");

    public void Dispose()
    {
        Directory.Delete(Home, recursive: true);
        GC.SuppressFinalize(this);
    }

    private protected async Task<WorkerReport> RunAsync(params string[] arguments)
    {
        var (exitCode, output) = await WorkerRun.ToTheEndAsync(Home, [.. arguments, "--report", ReportFile]);
        exitCode.Should().Be(0, "the worker said: {0}", output);
        return await WorkerReport.ReadAsync(ReportFile);
    }

    /// <summary>Whether the layer has so many published entries.</summary>
    private protected bool HasEntries(string layer, int count)
    {
        var directory = Path.Combine(DemoCache, layer);
        return Directory.Exists(directory) && Directory.EnumerateDirectories(directory).Count(entry => File.Exists(Path.Combine(entry, "manifest.json"))) >= count;
    }
}
