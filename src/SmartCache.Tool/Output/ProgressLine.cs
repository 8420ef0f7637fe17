namespace SmartCache.Tool.Output;

/// <summary>One line on the terminal that says how far a long look is, and goes again. Nothing of it is in a file, a pipe or beside JSON.</summary>
internal sealed class ProgressLine(ToolHost host, bool isShown)
{
    private static readonly TimeSpan _interval = TimeSpan.FromMilliseconds(200);

    private readonly bool _isShown = isShown && host is { Width: not null, CanOverwrite: true };
    private long _at;

    public void Say(Func<string> text)
    {
        if (!_isShown || (_at != 0 && TimeProvider.System.GetElapsedTime(_at) < _interval))
        {
            return;
        }

        _at = TimeProvider.System.GetTimestamp();
        host.Error.Write($"\r{Fitting(text())}");
    }

    public void End()
    {
        if (_at != 0)
        {
            host.Error.Write($"\r{Fitting("")}\r");
        }
    }

    private string Fitting(string text)
    {
        var width = Math.Max(1, (host.Width ?? 80) - 1);
        return Plain.Of(text.Length > width ? text[..width] : text.PadRight(width));
    }
}
