using SmartCache.Remote;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Remote;

/// <summary>A stream that gives so many bytes at a time, after a pause on the test's clock.</summary>
internal sealed class SlowStream(Stream inner, DrivenTime time, int bytes, TimeSpan pause) : ReadOnlyStream
{
    public override int Read(Span<byte> buffer)
    {
        time.Advance(pause);
        return inner.Read(buffer[..Math.Min(buffer.Length, bytes)]);
    }
}
