using System.Buffers.Binary;

namespace SmartCache.FFMpegCore.Results;

/// <summary>The fields of a box, one behind the other.</summary>
/// <param name="body">Behind the box's head.</param>
internal ref struct BoxFields(ReadOnlySpan<byte> body)
{
    private ReadOnlySpan<byte> _rest = body;

    /// <summary>How many bytes were read.</summary>
    public int Position { get; private set; }

    public readonly int Left => _rest.Length;

    /// <exception cref="InvalidDataException">The box ends before.</exception>
    public uint UInt32() => BinaryPrimitives.ReadUInt32BigEndian(Next(sizeof(uint)));

    /// <param name="isLong">64 bits instead of 32.</param>
    /// <exception cref="InvalidDataException">The box ends before, or the number is greater than any time or length.</exception>
    public long Number(bool isLong)
    {
        var number = isLong ? BinaryPrimitives.ReadInt64BigEndian(Next(sizeof(long))) : UInt32();
        return number is >= 0 and < long.MaxValue / 4 ? number : throw new InvalidDataException();
    }

    public void Skip(int bytes) => Next(bytes);

    private ReadOnlySpan<byte> Next(int length)
    {
        if (length > _rest.Length)
            throw new InvalidDataException();
        var next = _rest[..length];
        _rest = _rest[length..];
        Position += length;
        return next;
    }
}
