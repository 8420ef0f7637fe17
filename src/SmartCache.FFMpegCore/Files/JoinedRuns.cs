namespace SmartCache.FFMpegCore.Files;

/// <summary>
/// The directories of one run that makes several profiles, each inside its own output directory. The program works in the first, where the others have names: no
/// character of their paths means something to ffmpeg's patterns then.
/// </summary>
internal sealed class JoinedRuns : IDisposable
{
    private readonly List<RunDirectory> _runs = [];
    private readonly HashSet<int> _ended = [];

    public RunDirectory this[int index] => _runs[index];

    /// <summary>Makes the directories.</summary>
    /// <param name="places">The output directory of each, and the names of its files.</param>
    /// <returns>Each directory as the program sees it.</returns>
    /// <exception cref="FfmpegException">The file system has no links.</exception>
    public IReadOnlyList<string> Make(IEnumerable<(string Output, ProfileFiles Files)> places)
    {
        foreach (var (output, files) in places)
            _runs.Add(new RunDirectory(output, files));
        return [.. _runs.Select((run, i) => i == 0 ? "." : Join(run, FormattableString.Invariant($".run{i}")))];
    }

    /// <summary>Removes one, whose files are published. What is said of it afterwards removes nothing more.</summary>
    public void End(int index)
    {
        if (_ended.Add(index))
            _runs[index].Dispose();
    }

    public void Dispose()
    {
        for (var i = 0; i < _runs.Count; i++)
            End(i);
    }

    private string Join(RunDirectory run, string name) =>
        _runs[0].TryJoin(run, name) ? name : throw new FfmpegException("The output's file system has no links, which a run for several profiles needs.");
}
