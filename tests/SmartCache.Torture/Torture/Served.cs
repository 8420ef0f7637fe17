using SmartCache.Torture.Workload;

namespace SmartCache.Torture;

/// <summary>Compares what a worker was given with what it should be.</summary>
internal static class Served
{
    private const UnixFileMode OfAStage = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    // Another job may have changed the mode of the same inode by now only through a link of its own, and that file is none of this job's.
    private static void CheckIsOwn(string path, CacheOutcome outcome, WorkerReport report)
    {
        if (Owner.ModeOf(path) is var mode && (mode & OfAStage) != OfAStage)
        {
            report.Violate($"the job cannot write into its own file: mode {Convert.ToString((int)mode, 8)}, outcome {outcome}, {path}");
        }
    }

    public static void Check(DownloadedVideo video, byte[] right, WorkerReport report)
    {
        report.Count($"source {video.Outcome}");
        CheckIsOwn(video.Path, video.Outcome, report);
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

        if (outcome == CacheOutcome.Hit && files.Count > 0 && File.Exists(Path.Combine(directory, files[0].Name)))
        {
            CheckIsOwn(Path.Combine(directory, files[0].Name), outcome, report);
        }

        var found = Directory.GetFiles(directory, "*", SearchOption.AllDirectories).Length;
        if (found != files.Count)
        {
            report.Violate($"a profile has {found} files instead of {files.Count}, outcome {outcome}, {directory}");
        }
    }
}
