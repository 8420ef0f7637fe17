using SmartCache;

namespace EncoderWorker.Reporting;

/// <summary>One running stage on the board.</summary>
internal sealed class ProgressLine(ProgressBoard board, TimeProvider time, string label) : IProgress<StageProgress>, IDisposable
{
    private static readonly TimeSpan _plainInterval = TimeSpan.FromSeconds(5);

    private readonly long _began = time.GetTimestamp();
    private long _saidInPlainText = time.GetTimestamp();
    private volatile StageProgress? _last;

    public string Text
    {
        get
        {
            var seconds = Figures.Seconds(time.GetElapsedTime(_began).TotalSeconds);
            return _last is { } last ? $"{label}  {Describe(last)}  {seconds}" : $"{label}  ...";
        }
    }

    public void Report(StageProgress value)
    {
        _last = value;
        board.Changed(this);
    }

    public void Complete(string text) => board.End(this, $"{label}  {text}");

    /// <summary>Takes the line away where the stage did not come to an end.</summary>
    public void Dispose() => board.End(this, null);

    internal bool IsDueInPlainText()
    {
        if (time.GetElapsedTime(_saidInPlainText) < _plainInterval)
            return false;
        _saidInPlainText = time.GetTimestamp();
        return true;
    }

    private static string Describe(StageProgress progress)
    {
        var text = progress.Phase;
        if (progress.Fraction is { } fraction)
            text += $"  {100 * fraction:0} %";
        if (progress.Bytes is { } bytes)
            text += $"  {Figures.Bytes(bytes)}" + (progress.TotalBytes is { } total ? $" of {Figures.Bytes(total)}" : "");
        return text;
    }
}
