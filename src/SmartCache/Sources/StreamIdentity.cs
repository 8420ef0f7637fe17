using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using SmartCache.Storage;

namespace SmartCache.Sources;

/// <summary>
/// Walks the boxes of an ISO file while it is hashed, and says which streams it holds: two files that differ in titles, padding, times of creation, the order of their
/// parts or in what is appended have the same. Sees each byte once; <c>moov</c> may come before <c>mdat</c> or after it.
/// </summary>
/// <remarks>
/// Anything odd has no identity: fragments, a second <c>mdat</c> or <c>moov</c>, a box that is cut off, tables larger than <see cref="MaxMovie"/>. Memory and time are
/// bounded whatever the bytes say; what is no ISO file is given up at its first eight bytes.
/// </remarks>
internal sealed class StreamIdentity : IHashedBytes
{
    public const int MaxMovie = 32 << 20;
    private const int MaxType = 4096;
    private const int MaxBoxes = 4096;
    private const int ShortHeader = 8;
    private const int LongHeader = 16;

    private readonly byte[] _header = new byte[LongHeader];
    private readonly PayloadSum _payload = new();
    private readonly ArrayBufferWriter<byte> _type = new();
    private readonly ArrayBufferWriter<byte> _movie = new();
    private Place _place = Place.Header;
    private int _headerBytes;
    private int _boxes;
    private long _position;
    private long _left;
    private bool _reachesEnd;
    private long _payloadStart = -1;
    private bool _hasType;
    private bool _hasMovie;
    private bool _isPayloadWhole;
    private bool _isMovieWhole;

    private enum Place
    {
        Header,
        Skipped,
        Type,
        Movie,
        Payload,

        /// <summary>Both parts are known, and what follows are no boxes.</summary>
        Behind,
        GivenUp,
    }

    private bool IsWhole => _isPayloadWhole && _isMovieWhole;

    public void See(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0 && _place is not (Place.Behind or Place.GivenUp))
        {
            var taken = _place == Place.Header ? TakeHeader(bytes) : TakeContent(bytes);
            _position += taken;
            bytes = bytes[taken..];
        }
    }

    /// <summary>Once all bytes were seen: the identity, as the 64 hexadecimal digits of a hash; <see langword="null"/> where there is none.</summary>
    public string? End()
    {
        if (_reachesEnd && _place is Place.Payload or Place.Movie)
        {
            EndBox();
        }

        if (!IsWhole || _place == Place.GivenUp || _payload.Length == 0)
        {
            return null;
        }

        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        sha.AppendData("smartcache-streams/1"u8);
        Span<byte> lengths = stackalloc byte[16];
        BinaryPrimitives.WriteInt64BigEndian(lengths, _payload.Length);
        BinaryPrimitives.WriteInt64BigEndian(lengths[8..], _type.WrittenCount);
        sha.AppendData(lengths);
        sha.AppendData(_type.WrittenSpan);
        var length = _payload.Length;
        _payload.AppendTo(sha);
        return new MovieBox(sha, _payloadStart, length).TryAppend(_movie.WrittenSpan) ? Convert.ToHexStringLower(sha.GetHashAndReset()) : null;
    }

    private int TakeHeader(ReadOnlySpan<byte> bytes)
    {
        var needed = _headerBytes >= ShortHeader ? LongHeader : ShortHeader;
        var taken = Math.Min(needed - _headerBytes, bytes.Length);
        bytes[..taken].CopyTo(_header.AsSpan(_headerBytes));
        _headerBytes += taken;
        if (_headerBytes == needed)
        {
            var size = (ulong)BinaryPrimitives.ReadUInt32BigEndian(_header);
            if (needed == LongHeader)
            {
                BeginBox(BinaryPrimitives.ReadUInt64BigEndian(_header.AsSpan(ShortHeader)), taken);
            }
            else if (size != 1)
            {
                BeginBox(size, taken);
            }
            else if (_boxes == 0 && !IsoType.MayBeFirst(BinaryPrimitives.ReadUInt32BigEndian(_header.AsSpan(4))))
            {
                _place = Place.GivenUp;
            }
        }

        return taken;
    }

    private void BeginBox(ulong size, int taken)
    {
        var type = BinaryPrimitives.ReadUInt32BigEndian(_header.AsSpan(4));
        var isFirst = _boxes == 0;
        _reachesEnd = size == 0;
        if (++_boxes > MaxBoxes || (isFirst && !IsoType.MayBeFirst(type)) || (!_reachesEnd && (size < (ulong)_headerBytes || size > long.MaxValue)))
        {
            // Bytes that were appended to a whole file are no boxes.
            _place = IsWhole ? Place.Behind : Place.GivenUp;
            return;
        }

        _left = _reachesEnd ? long.MaxValue : (long)size - _headerBytes;
        _headerBytes = 0;
        _place = PlaceOf(type);
        if (_place == Place.Payload)
        {
            _payloadStart = _position + taken;
        }

        if (_left == 0)
        {
            EndBox();
        }
    }

    private Place PlaceOf(uint type)
    {
        switch (type)
        {
            case IsoType.Mdat when _payloadStart < 0:
                return Place.Payload;
            case IsoType.Moov when !_hasMovie:
                _hasMovie = true;
                return Place.Movie;
            case IsoType.Ftyp when !_hasType:
                _hasType = true;
                return Place.Type;
            case IsoType.Mdat or IsoType.Moov or IsoType.Ftyp or IsoType.Moof:
                return Place.GivenUp;
            default:
                return Place.Skipped;
        }
    }

    private int TakeContent(ReadOnlySpan<byte> bytes)
    {
        var taken = (int)Math.Min(_left, bytes.Length);
        var content = bytes[..taken];
        switch (_place)
        {
            case Place.Payload:
                _payload.Add(content);
                break;
            case Place.Movie when _movie.WrittenCount + Math.Max(taken, _reachesEnd ? 0 : _left) <= MaxMovie:
                _movie.Write(content);
                break;
            case Place.Type when _left <= MaxType:
                _type.Write(content);
                break;
            case Place.Movie or Place.Type:
                _place = Place.GivenUp;
                return taken;
        }

        _left -= taken;
        if (_left == 0)
        {
            EndBox();
        }

        return taken;
    }

    private void EndBox()
    {
        _isPayloadWhole |= _place == Place.Payload;
        _isMovieWhole |= _place == Place.Movie;
        if (_place != Place.GivenUp)
        {
            _place = Place.Header;
        }
    }
}
