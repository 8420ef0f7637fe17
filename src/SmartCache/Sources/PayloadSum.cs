using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;

namespace SmartCache.Sources;

/// <summary>
/// A sum over many bytes that each single changed byte changes, and that knows where each block lies: 32 sums of 64 bits, and 32 sums of these. It costs a hundredth of
/// SHA-256, which is why it is used beside one.
/// </summary>
/// <remarks>It is no cryptographic hash: who wants to can make two payloads of the same sum. Nothing is given to anybody for it.</remarks>
internal sealed class PayloadSum
{
    private const int Block = 256;

    private readonly byte[] _carry = new byte[Block];
    private int _carried;
    private Vector512<ulong> _a0, _a1, _a2, _a3, _b0, _b1, _b2, _b3;

    public long Length { get; private set; }

    public void Add(ReadOnlySpan<byte> bytes)
    {
        Length += bytes.Length;
        if (_carried > 0)
        {
            var taken = Math.Min(Block - _carried, bytes.Length);
            bytes[..taken].CopyTo(_carry.AsSpan(_carried));
            _carried += taken;
            bytes = bytes[taken..];
            if (_carried < Block)
            {
                return;
            }

            AddBlocks(_carry);
            _carried = 0;
        }

        var whole = bytes.Length - (bytes.Length % Block);
        AddBlocks(bytes[..whole]);
        bytes[whole..].CopyTo(_carry);
        _carried = bytes.Length - whole;
    }

    /// <summary>Ends the sum and hashes it.</summary>
    public void AppendTo(IncrementalHash sha)
    {
        _carry.AsSpan(_carried).Clear();
        AddBlocks(_carry);
        Span<Vector512<ulong>> sums = [_a0, _a1, _a2, _a3, _b0, _b1, _b2, _b3];
        sha.AppendData(MemoryMarshal.AsBytes(sums));
    }

    private void AddBlocks(ReadOnlySpan<byte> blocks)
    {
        // In locals, which stay in registers.
        var (a0, a1, a2, a3) = (_a0, _a1, _a2, _a3);
        var (b0, b1, b2, b3) = (_b0, _b1, _b2, _b3);
        for (var words = MemoryMarshal.Cast<byte, Vector512<ulong>>(blocks); words.Length >= 4; words = words[4..])
        {
            a0 += words[0];
            a1 += words[1];
            a2 += words[2];
            a3 += words[3];
            b0 += a0;
            b1 += a1;
            b2 += a2;
            b3 += a3;
        }

        (_a0, _a1, _a2, _a3) = (a0, a1, a2, a3);
        (_b0, _b1, _b2, _b3) = (b0, b1, b2, b3);
    }
}
