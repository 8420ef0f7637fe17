namespace SmartCache.Tests.Sample;

/// <summary>What the sample tells a monitoring.</summary>
public class TelemetryTests : WorkerHome
{
    [FfmpegFact]
    public async Task Worker_with_an_address_sends_metrics_gauges_and_traces_of_its_whole_run()
    {
        var video = await TinyVideo.MakeAsync(Home, seconds: 4);
        await using var collector = await Collector.StartAsync();

        await using var run = WorkerRun.Start(
            Home,
            new Dictionary<string, string> { ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Address, ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf" },
            "--video", video, "--profiles", "144p");
        (await run.ExitAsync()).Should().Be(0, "the worker said: {0}", run.Output);

        collector.Of("metrics").Should().ContainAll(
            "encoder-worker", "smartcache.requests", "smartcache.retry.saved.time", "smartcache.operation.duration", "smartcache.space.used", "smartcache.disk.free", "smartcache.layer.state", "Usable");
        collector.Of("traces").Should().ContainAll("smartcache.sources", "smartcache.profiles", "smartcache.uploads", "smartcache.reason", "NotCached");
        (collector.Of("metrics") + collector.Of("traces")).Should().NotContainAny(Path.GetFileName(video), Home);
    }

    [FfmpegFact]
    public async Task Worker_without_an_address_loads_nothing_of_the_exporter_and_says_the_health_of_its_cache()
    {
        var video = await TinyVideo.MakeAsync(Home, seconds: 4);
        var copy = Directory.CreateDirectory(Path.Combine(Home, "program")).FullName;
        foreach (var file in Directory.EnumerateFiles(Path.GetDirectoryName(WorkerRun.Program)!))
        {
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        }

        var exporter = Directory.GetFiles(copy, "OpenTelemetry*.dll");
        exporter.Should().HaveCountGreaterThan(2);
        Array.ForEach(exporter, static path => File.WriteAllText(path, "no assembly: whoever loads it fails"));

        await using var run = WorkerRun.StartFrom(Path.Combine(copy, Path.GetFileName(WorkerRun.Program)), Home, [], "--video", video, "--profiles", "144p");

        (await run.ExitAsync()).Should().Be(0, "the worker said: {0}", run.Output);
        run.Output.Should().Contain("Health of the cache: Healthy. The cache works.");
    }
}
