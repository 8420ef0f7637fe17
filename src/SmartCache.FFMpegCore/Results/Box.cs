using System.Buffers.Binary;

namespace SmartCache.FFMpegCore.Results;

/// <summary>One box of an MP4 file, in memory. A box that is longer than what it lies in is refused, so that no length leads anywhere else.</summary>
internal readonly ref struct Box
{
    private const int ShortHead = 8, LongHead = 16;

    private readonly int _head;

    private Box(Span<byte> bytes, int head, int at)
    {
        Bytes = bytes;
        (_head, At) = (head, at);
    }

    /// <summary>All of it.</summary>
    public Span<byte> Bytes { get; }

    /// <summary>Where it begins in the file.</summary>
    public int At { get; }

    /// <summary>Behind its length and its name.</summary>
    public Span<byte> Body => Bytes[_head..];

    public int BodyAt => At + _head;

    /// <summary>Whether its length has 32 bits.</summary>
    public bool IsShort => _head == ShortHead;

    /// <summary>The boxes that lie in it one behind the other.</summary>
    public Enumerator Children => new(Body, BodyAt);

    /// <summary>The boxes of a file.</summary>
    public static Enumerator In(Span<byte> file) => new(file, 0);

    /// <param name="name">Four letters.</param>
    public bool Is(ReadOnlySpan<byte> name) => Bytes[4..ShortHead].SequenceEqual(name);

    /// <summary>The first box of a name that lies in it.</summary>
    /// <exception cref="InvalidDataException">There is none.</exception>
    public Box Find(ReadOnlySpan<byte> name) => Children.Find(name);

    /// <summary>Boxes one behind the other.</summary>
    /// <param name="bytes">Theirs.</param>
    /// <param name="at">Where the first begins in the file.</param>
    public ref struct Enumerator(Span<byte> bytes, int at)
    {
        private Span<byte> _rest = bytes;
        private int _at = at;

        public Box Current { get; private set; }

        public readonly Enumerator GetEnumerator() => this;

        /// <exception cref="InvalidDataException">What follows is no box.</exception>
        public bool MoveNext()
        {
            if (_rest.IsEmpty)
                return false;
            Current = First();
            _rest = _rest[Current.Bytes.Length..];
            _at += Current.Bytes.Length;
            return true;
        }

        /// <exception cref="InvalidDataException">There is none.</exception>
        public readonly Box Find(ReadOnlySpan<byte> name)
        {
            foreach (var box in this)
            {
                if (box.Is(name))
                    return box;
            }

            throw new InvalidDataException();
        }

        // A length of 1 says that it stands behind the name, in 64 bits.
        private readonly Box First()
        {
            if (_rest.Length < ShortHead)
                throw new InvalidDataException();

            var (length, head) = ((ulong)BinaryPrimitives.ReadUInt32BigEndian(_rest), ShortHead);
            if (length == 1 && _rest.Length >= LongHead)
                (length, head) = (BinaryPrimitives.ReadUInt64BigEndian(_rest[ShortHead..]), LongHead);
            return length >= (ulong)head && length <= (ulong)_rest.Length ? new Box(_rest[..(int)length], head, _at) : throw new InvalidDataException();
        }
    }
}
