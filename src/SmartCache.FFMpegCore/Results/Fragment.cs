using System.Buffers.Binary;

namespace SmartCache.FFMpegCore.Results;

/// <summary>The head of one fragment of an MP4 file: a <c>moof</c> box. The samples themselves follow it in the file.</summary>
internal sealed class Fragment
{
    private readonly List<FragmentTrack> _tracks = [];
    private int _numberAt;

    /// <param name="moof">The whole box.</param>
    /// <exception cref="InvalidDataException">It is not whole.</exception>
    public Fragment(byte[] moof)
    {
        Bytes = moof;
        var whole = Box.In(moof).Find("moof"u8);
        ReadNumber(whole.Find("mfhd"u8));
        foreach (var box in whole.Children)
        {
            if (box.Is("traf"u8))
                _tracks.Add(new FragmentTrack(moof, box));
        }
    }

    /// <summary>The box, with what was changed.</summary>
    public byte[] Bytes { get; }

    /// <summary>Goes up by one with each fragment that a run writes.</summary>
    public uint Number { get; private set; }

    public IReadOnlyList<FragmentTrack> Tracks => _tracks;

    /// <summary>Changes the number.</summary>
    public void Renumber(uint number)
    {
        BinaryPrimitives.WriteUInt32BigEndian(Bytes.AsSpan(_numberAt), number);
        Number = number;
    }

    /// <summary>Takes all other tracks out. Their samples stay where they are, and nothing names them.</summary>
    public void LeaveOnly(uint track)
    {
        foreach (var other in _tracks.Where(other => other.Id != track))
            "free"u8.CopyTo(Bytes.AsSpan(other.At + 4));
        _tracks.RemoveAll(other => other.Id != track);
    }

    private void ReadNumber(Box mfhd)
    {
        var fields = new BoxFields(mfhd.Body);
        fields.Skip(4);
        _numberAt = mfhd.BodyAt + fields.Position;
        Number = fields.UInt32();
    }
}
