using SmartCache.Torture.Workload;

namespace SmartCache.Torture;

/// <summary>Compares what a worker was given with what it should be.</summary>
internal static class Served
{
    public static void Check(DownloadedVideo video, byte[] right, WorkerReport report)
    {
        report.Count($"source {video.Outcome}");
        if (!File.ReadAllBytes(video.Path).AsSpan().SequenceEqual(right))
        {
            report.Violate($"wrong bytes: source, outcome {video.Outcome}, {video.Path}");
        }
    }

    public static void Check(string directory, CacheOutcome outcome, IEnumerable<(string Name, byte[] Bytes)> right, WorkerReport report)
    {
        report.Count($"profile {outcome}");
        var files = right.ToList();
        foreach (var (name, bytes) in files)
        {
            var path = Path.Combine(directory, name);
            if (!File.Exists(path) || !File.ReadAllBytes(path).AsSpan().SequenceEqual(bytes))
            {
                report.Violate($"wrong bytes: profile file {name}, outcome {outcome}, {directory}");
            }
        }

        var found = Directory.GetFiles(directory, "*", SearchOption.AllDirectories).Length;
        if (found != files.Count)
        {
            report.Violate($"a profile has {found} files instead of {files.Count}, outcome {outcome}, {directory}");
        }
    }
}
