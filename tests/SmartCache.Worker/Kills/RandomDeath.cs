using System.Diagnostics;
using System.Globalization;

namespace SmartCache.Worker.Kills;

/// <summary>Kills (SIGKILL) a worker, its ffmpeg, or both.</summary>
internal static class RandomDeath
{
    /// <returns>Who was killed; <see langword="null"/> where nobody was there any more.</returns>
    public static string? Strike(Process worker, Random random)
    {
        try
        {
            var children = Children(worker.Id);
            var victim = children.Count == 0 ? 0 : random.Next(3);
            if (victim != 0)
            {
                foreach (var child in children)
                {
                    Kill(child);
                }
            }

            if (victim != 1)
            {
                worker.Kill(entireProcessTree: random.Next(2) == 0);
            }

            return victim switch { 0 => "worker", 1 => "ffmpeg", _ => "both" };
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static void Kill(int id)
    {
        try
        {
            using var child = Process.GetProcessById(id);
            child.Kill();
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException)
        {
            // It ended by itself.
        }
    }

    private static List<int> Children(int parent)
    {
        var path = string.Create(CultureInfo.InvariantCulture, $"/proc/{parent}/task");
        return Directory.Exists(path)
            ? [.. Directory.GetDirectories(path).SelectMany(static task => Read(Path.Combine(task, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries)).Select(static id => int.Parse(id, CultureInfo.InvariantCulture))]
            : [];
    }

    private static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException)
        {
            return "";
        }
    }
}
