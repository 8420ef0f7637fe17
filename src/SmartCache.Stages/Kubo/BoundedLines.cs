using System.Text;

namespace SmartCache.Stages.Kubo;

/// <summary>Lines of a reply whose length a stranger decides.</summary>
internal sealed class BoundedLines(Stream stream, int maxLineBytes) : IDisposable
{
    private readonly byte[] _buffer = new byte[4096];
    private readonly MemoryStream _line = new();
    private int _at;
    private int _end;
    private bool _ended;

    /// <summary>The next line without its end; <see langword="null"/> at the end of the reply.</summary>
    public async ValueTask<string?> ReadAsync(CancellationToken cancellationToken)
    {
        _line.SetLength(0);
        while (!_ended)
        {
            if (_at == _end)
            {
                _at = 0;
                _end = await stream.ReadAsync(_buffer, cancellationToken).ConfigureAwait(false);
                if (_end == 0)
                {
                    _ended = true;
                    return _line.Length > 0 ? Text() : null;
                }
            }
            var rest = _buffer.AsSpan(_at, _end - _at);
            var newline = rest.IndexOf((byte)'\n');
            var taken = newline < 0 ? rest : rest[..newline];
            if (_line.Length + taken.Length > maxLineBytes)
                throw new KuboException("The node's reply has a line that is far too long.");
            _line.Write(taken);
            _at += newline < 0 ? rest.Length : newline + 1;
            if (newline >= 0)
                return Text();
        }
        return null;
    }

    public void Dispose() => _line.Dispose();

    private string Text() => Encoding.UTF8.GetString(_line.GetBuffer(), 0, (int)_line.Length).Trim();
}
