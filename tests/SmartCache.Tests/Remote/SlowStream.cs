using SmartCache.Remote;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Remote;

/// <summary>A stream that gives so many bytes at a time at the most, after a pause for so many on the test's clock.</summary>
internal sealed class SlowStream(Stream inner, DrivenTime time, int bytes, TimeSpan pause) : ReadOnlyStream
{
    public override int Read(Span<byte> buffer)
    {
        var count = Math.Min(buffer.Length, bytes);
        time.Advance(pause * ((double)count / bytes));
        return inner.Read(buffer[..count]);
    }
}
