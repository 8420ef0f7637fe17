using SmartCache.Remote;

namespace SmartCache.Tests.Remote;

/// <summary>Says when bytes were read, or when it was closed.</summary>
/// <param name="inner">Gives the bytes.</param>
/// <param name="passed">Is told of each read.</param>
/// <param name="after">Is awaited before each read, with the bytes so far.</param>
/// <param name="closed">Is told of the end.</param>
internal sealed class PassingStream(Stream inner, Action? passed = null, Func<long, Task>? after = null, Action? closed = null) : ReadOnlyStream
{
    private long _read;
    private int _isClosed;

    public override int Read(Span<byte> buffer) => throw new NotSupportedException();

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (after is not null)
        {
            await after(_read);
        }

        var read = await inner.ReadAsync(buffer, cancellationToken);
        _read += read;
        passed?.Invoke();
        return read;
    }

    protected override void Dispose(bool disposing)
    {
        inner.Dispose();
        if (Interlocked.Exchange(ref _isClosed, 1) == 0)
        {
            closed?.Invoke();
        }

        base.Dispose(disposing);
    }
}
