using System.Buffers.Binary;
using System.Numerics;

namespace SmartCache.FFMpegCore.Results;

/// <summary>What a fragment holds of one track: a <c>traf</c> box.</summary>
internal sealed class FragmentTrack
{
    // Flags of tfhd and of trun: which fields there are.
    private const uint BaseOffset = 0x1, Description = 0x2, DefaultDuration = 0x8, DefaultSize = 0x10, DefaultFlags = 0x20;
    private const uint DataOffset = 0x1, FirstFlags = 0x4, Durations = 0x100, Sizes = 0x200, Flags = 0x400, Offsets = 0x800;

    // Of a sample's own flags: one that others are needed for.
    private const uint IsNotSync = 0x10000;

    // Samples that have no field of their own need no byte in the file, so that their number says nothing.
    private const uint MostSamples = 1 << 24;

    private readonly byte[] _moof;
    private readonly List<(int At, int Count, uint Fields)> _runs = [];
    private uint? _flags;
    private uint _samples;
    private long? _duration, _size;
    private int _timeAt;
    private bool _isLongTime;

    /// <param name="moof">The whole box that this is in.</param>
    /// <param name="traf">The box.</param>
    /// <exception cref="InvalidDataException">It is not whole.</exception>
    public FragmentTrack(byte[] moof, Box traf)
    {
        (_moof, At) = (moof, traf.At);
        ReadHead(new BoxFields(traf.Find("tfhd"u8).Body));
        ReadTime(traf.Find("tfdt"u8));
        foreach (var box in traf.Children)
        {
            if (box.Is("trun"u8))
                ReadRun(box);
        }

        foreach (var sample in Samples)
            (Count, Bytes) = (Count + 1, Bytes + sample.Size);
    }

    /// <summary>Where its box is in the fragment's head.</summary>
    public int At { get; }

    public uint Id { get; private set; }

    /// <summary>When its first sample is decoded, in ticks of the track.</summary>
    public long Begin { get; private set; }

    public int Count { get; }

    /// <summary>Of all samples, in bytes.</summary>
    public long Bytes { get; }

    /// <summary>Whether the first sample says that it needs no other one.</summary>
    public bool BeginsByItself { get; private set; }

    public IEnumerable<FragmentSample> Samples
    {
        get
        {
            foreach (var (at, count, fields) in _runs)
            {
                for (var (i, position) = (0, at); i < count; i++)
                {
                    var duration = Field(fields, Durations, ref position) ?? _duration;
                    var size = Field(fields, Sizes, ref position) ?? _size;
                    _ = Field(fields, Flags, ref position);
                    // Signed also in version 0, as decoders take it.
                    var offset = (int)(Field(fields, Offsets, ref position) ?? 0);
                    // ffmpeg writes no defaults into the head of the file.
                    yield return new FragmentSample(size ?? throw new InvalidDataException(), duration ?? throw new InvalidDataException(), offset);
                }
            }
        }
    }

    /// <summary>Changes when its first sample is decoded.</summary>
    /// <param name="begin">In ticks.</param>
    /// <exception cref="InvalidDataException">The field is too short for it.</exception>
    public void Move(long begin)
    {
        var field = _moof.AsSpan(_timeAt);
        if (_isLongTime)
            BinaryPrimitives.WriteInt64BigEndian(field, begin);
        else
            BinaryPrimitives.WriteUInt32BigEndian(field, begin is >= 0 and <= uint.MaxValue ? (uint)begin : throw new InvalidDataException());
        Begin = begin;
    }

    private void ReadHead(BoxFields tfhd)
    {
        var flags = tfhd.UInt32();
        Id = tfhd.UInt32();
        tfhd.Skip((flags & BaseOffset) != 0 ? 8 : 0);
        tfhd.Skip((flags & Description) != 0 ? 4 : 0);
        _duration = (flags & DefaultDuration) != 0 ? tfhd.UInt32() : null;
        _size = (flags & DefaultSize) != 0 ? tfhd.UInt32() : null;
        _flags = (flags & DefaultFlags) != 0 ? tfhd.UInt32() : null;
    }

    private void ReadTime(Box tfdt)
    {
        var time = new BoxFields(tfdt.Body);
        _isLongTime = time.UInt32() >> 24 == 1;
        _timeAt = tfdt.BodyAt + time.Position;
        Begin = time.Number(_isLongTime);
    }

    private void ReadRun(Box box)
    {
        var trun = new BoxFields(box.Body);
        var fields = trun.UInt32() & 0xffffff;
        var count = trun.UInt32();
        trun.Skip((fields & DataOffset) != 0 ? 4 : 0);
        var first = (fields & FirstFlags) != 0 ? trun.UInt32() : _flags;
        var length = 4L * BitOperations.PopCount(fields & (Durations | Sizes | Flags | Offsets));
        // Of all runs together: one without a field takes no bytes, so that a small head could name any number.
        if (count > MostSamples - _samples || count * length > trun.Left)
            throw new InvalidDataException();
        _samples += count;

        if (_runs.Count == 0 && count > 0)
        {
            var position = box.BodyAt + trun.Position + (4 * BitOperations.PopCount(fields & (Durations | Sizes)));
            BeginsByItself = (Field(fields, Flags, ref position) ?? first) is { } flags && (flags & IsNotSync) == 0;
        }

        _runs.Add((box.BodyAt + trun.Position, (int)count, fields));
    }

    private uint? Field(uint fields, uint field, ref int position)
    {
        if ((fields & field) == 0)
            return null;
        position += sizeof(uint);
        return BinaryPrimitives.ReadUInt32BigEndian(_moof.AsSpan(position - sizeof(uint)));
    }
}
