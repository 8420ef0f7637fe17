using System.Text;

namespace SmartCache.FFMpegCore.Running;

/// <summary>
/// The lines of a program's output, each cut to a length: a program can be broken, or repeat what a video's author wrote into it, and a line that does not end
/// would take all memory. What is behind the cut is passed by.
/// </summary>
internal sealed class ProgramLines(TextReader reader)
{
    /// <summary>As much as the whole of a reply that is read: one that was cut is too long for whoever needs all of it.</summary>
    public const int MaxLength = 4 * 1024 * 1024;

    private readonly char[] _buffer = new char[4096];
    private readonly StringBuilder _line = new();
    private int _at;
    private int _end;
    private bool _afterReturn;

    /// <summary>The next line without its end, which is LF, CR or both; <see langword="null"/> at the end of the output.</summary>
    public string? Read()
    {
        _line.Clear();
        while (true)
        {
            if (_at == _end)
            {
                _at = 0;
                _end = reader.Read(_buffer);
                if (_end == 0)
                    return _line.Length > 0 ? _line.ToString() : null;
            }
            if (_afterReturn && _buffer[_at] == '\n')
                _at++;
            _afterReturn = false;
            var rest = _buffer.AsSpan(_at, _end - _at);
            var length = rest.IndexOfAny('\r', '\n');
            var taken = length < 0 ? rest : rest[..length];
            _line.Append(taken[..Math.Min(taken.Length, MaxLength - _line.Length)]);
            _at += length < 0 ? rest.Length : length + 1;
            if (length >= 0)
            {
                _afterReturn = rest[length] == '\r';
                return _line.ToString();
            }
        }
    }
}
