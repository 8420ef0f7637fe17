using SmartCache.Layers;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Prefetch;

/// <summary>Where a download ahead is written: a downloader may do that under another name beside its destination or its partial, and move it at the end.</summary>
/// <param name="layer">The source layer.</param>
/// <param name="directory">The directory of its own; <see langword="null"/> where it has none yet.</param>
/// <param name="partial">Its partial; <see langword="null"/> where it has none.</param>
internal sealed class PrefetchOutput(EntryLayer layer, string? directory, string? partial)
{
    /// <summary>What is there now; <see langword="null"/> where that cannot be seen.</summary>
    public ValueTask<WrittenAhead?> MeasureAsync(CancellationToken cancellationToken) => layer.Boundary.AttemptAsync<WrittenAhead?>("measure", null, Measure, cancellationToken);

    private WrittenAhead Measure(OperationPulse pulse)
    {
        var (output, come, mark) = (0L, 0L, 0);
        foreach (var facts in Facts(directory is null ? [] : FileSystem.ListOrNone(() => layer.Files.ListFiles(directory, recursive: true)), pulse))
        {
            (output, come, mark) = (output + facts.AllocatedBytes, come + CertainOf(facts), unchecked(mark + MarkOf(facts)));
        }

        // Of several only the largest: what a killed attempt left beside it is none of this download.
        var (partials, kept) = (0L, 0L);
        foreach (var facts in Facts(partial is null ? [] : FileSystem.ListOrNone(() => layer.Files.ListFiles(Path.GetDirectoryName(partial)!, Path.GetFileName(partial) + "*")).Where(IsOwn), pulse))
        {
            (partials, kept, mark) = (Math.Max(partials, facts.AllocatedBytes), Math.Max(kept, CertainOf(facts)), unchecked(mark + MarkOf(facts)));
        }

        return new WrittenAhead(Math.Max(come, kept), output, partials, mark);
    }

    private IEnumerable<FileFacts> Facts(IEnumerable<string> paths, OperationPulse pulse)
    {
        foreach (var path in paths)
        {
            pulse.Beat();
            if (layer.Files.Stat(path) is { Kind: FileKind.Regular } facts)
            {
                yield return facts;
            }
        }
    }

    private static bool IsOwn(string path) => OwnNames.IsPartial(Path.GetFileName(path));

    private static long CertainOf(in FileFacts facts) => Math.Min(facts.Length, facts.AllocatedBytes);

    private static int MarkOf(in FileFacts facts) => HashCode.Combine(facts.Inode, facts.Length, facts.AllocatedBytes, facts.ModifiedNanoseconds);
}
