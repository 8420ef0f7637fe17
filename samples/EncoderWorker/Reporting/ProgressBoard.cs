using System.Text;

namespace EncoderWorker.Reporting;

/// <summary>
/// Everything the sample says while it works. In a terminal the stages that run have a line each, at the bottom, which
/// changes in place; finished lines and log messages scroll above. Elsewhere (a file, a pipe, CI) there are plain lines only.
/// </summary>
internal sealed class ProgressBoard
{
    private static readonly TimeSpan _refresh = TimeSpan.FromMilliseconds(100);

    private readonly Lock _lock = new();
    private readonly List<ProgressLine> _lines = [];
    private readonly TimeProvider _time;
    private readonly TextWriter _output;
    private readonly bool _terminal;
    private int _drawn;
    private long _drawnAt;

    public ProgressBoard(TimeProvider time, TextWriter output, bool terminal)
    {
        _time = time;
        _output = output;
        _terminal = terminal;
    }

    public static ProgressBoard ForConsole() =>
        new(TimeProvider.System, Console.Out, !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") is { Length: > 0 } and not "dumb");

    public ProgressLine Begin(string label)
    {
        var line = new ProgressLine(this, _time, label);
        lock (_lock)
        {
            _lines.Add(line);
            Redraw();
        }

        return line;
    }

    public void Print(string text)
    {
        lock (_lock)
        {
            Erase();
            _output.WriteLine(text);
            Draw();
        }
    }

    /// <summary>A line has news. Plain output gets them every few seconds only.</summary>
    internal void Changed(ProgressLine line)
    {
        lock (_lock)
        {
            if (_terminal && _time.GetElapsedTime(_drawnAt) >= _refresh)
                Redraw();
            else if (!_terminal && line.IsDueInPlainText())
                _output.WriteLine(line.Text);
        }
    }

    /// <summary>The stage ended; <paramref name="text"/> stays, <see langword="null"/> leaves nothing.</summary>
    internal void End(ProgressLine line, string? text)
    {
        lock (_lock)
        {
            if (!_lines.Remove(line))
                return;
            Erase();
            if (text is not null)
                _output.WriteLine(text);
            Draw();
        }
    }

    private void Redraw()
    {
        Erase();
        Draw();
    }

    private void Erase()
    {
        if (_drawn > 0)
            _output.Write($"\e[{_drawn}A\r\e[0J");
        _drawn = 0;
    }

    private void Draw()
    {
        if (!_terminal)
            return;
        var width = Width();
        var text = new StringBuilder();
        foreach (var line in _lines)
            text.Append(line.Text.Length < width ? line.Text : line.Text[..(width - 1)]).Append('\n');
        _output.Write(text);
        _output.Flush();
        _drawn = _lines.Count;
        _drawnAt = _time.GetTimestamp();
    }

    // A line that wraps would make the count of lines to erase wrong.
    private static int Width()
    {
        try
        {
            return Console.WindowWidth is > 0 and var width ? width : 80;
        }
        catch (IOException)
        {
            return 80;
        }
    }
}
