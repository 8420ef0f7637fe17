using System.Text;

namespace SmartCache.Fuzz;

/// <summary>What disks, crashes and hands do to bytes.</summary>
internal static class ByteMutator
{
    private static readonly byte[][] Tokens =
        [.. new[] { "\n", "\r\n", "\0", "\"", "{", "}", "[", "]", ",", ":", "null", "-1", "1e999", "99999999999999999999", "../", "\ufeff", " ", "#EXTM3U\n", "#EXTINF:", "#EXT-X-ENDLIST\n", "URI=\"" }.Select(Encoding.UTF8.GetBytes)];

    public static byte[] Mutate(byte[] original, byte[] other, FuzzRandom random)
    {
        var bytes = original;
        for (var rounds = 1 + random.Below(3); rounds > 0; rounds--)
        {
            bytes = Once(bytes, other, random);
        }

        return bytes;
    }

    private static byte[] Once(byte[] bytes, byte[] other, FuzzRandom random)
    {
        if (bytes.Length == 0)
        {
            return random.Chance(50) ? random.Pick(Tokens) : other;
        }

        var at = random.Below(bytes.Length);
        switch (random.Below(9))
        {
            case 0: // a bit
                var flipped = bytes.ToArray();
                flipped[at] ^= (byte)(1 << random.Below(8));
                return flipped;
            case 1: // a byte
                var changed = bytes.ToArray();
                changed[at] = (byte)random.Below(256);
                return changed;
            case 2: // torn
                return bytes[..at];
            case 3: // its head is gone
                return bytes[at..];
            case 4: // spliced with another file of its kind
                return [.. bytes.AsSpan(0, at), .. other.AsSpan(other.Length == 0 ? 0 : random.Below(other.Length))];
            case 5: // a piece twice
                var end = Math.Min(bytes.Length, at + 1 + random.Below(64));
                return [.. bytes.AsSpan(0, end), .. bytes.AsSpan(at)];
            case 6: // a piece gone
                return [.. bytes.AsSpan(0, at), .. bytes.AsSpan(Math.Min(bytes.Length, at + 1 + random.Below(64)))];
            case 7: // zeroed, as after a power cut
                var zeroed = bytes.ToArray();
                zeroed.AsSpan(at).Clear();
                return zeroed;
            default:
                return [.. bytes.AsSpan(0, at), .. random.Pick(Tokens), .. bytes.AsSpan(at)];
        }
    }
}
