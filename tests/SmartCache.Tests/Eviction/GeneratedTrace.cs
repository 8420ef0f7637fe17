using System.Diagnostics;
using System.Globalization;
using SmartCache.Simulation;
using Trace = SmartCache.Simulation.Trace;

namespace SmartCache.Tests.Eviction;

/// <summary>Workloads of the generator that made the recorded ones, with other seeds.</summary>
internal static class GeneratedTrace
{
    public static bool IsPossible => OnPath("python3");

    public static bool OnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(directory => File.Exists(Path.Combine(directory, program)));

    public static Task<Trace> MakeAsync(string generator, int seed, int outages) =>
        MakeAsync(generator, $"seed{seed}-outages{outages}", "--seed", seed.ToString(CultureInfo.InvariantCulture), "--outages", outages.ToString(CultureInfo.InvariantCulture));

    public static async Task<Trace> MakeAsync(string generator, string name, params string[] arguments)
    {
        var directory = Directory.CreateTempSubdirectory("smartcache-trace-");
        try
        {
            var file = Path.Combine(directory.FullName, name + ".csv");
            using var python = Process.Start(new ProcessStartInfo(
                "python3",
                [generator, .. arguments, "--out", file]))!;
            using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
            try
            {
                await python.WaitForExitAsync(patience.Token);
            }
            finally
            {
                if (!python.HasExited)
                    python.Kill();
            }

            python.ExitCode.Should().Be(0);
            return TraceReader.Read(file);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }
}
