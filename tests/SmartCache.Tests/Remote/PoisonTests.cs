using SmartCache.Remote;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Remote;

/// <summary>Packs that somebody spoiled at random: each is a miss, or gives exactly the bytes that were meant.</summary>
public class PoisonTests
{
    private const int Packs_ = 3000;

    [Fact]
    public async Task Spoiled_packs_are_misses_and_leave_nothing()
    {
        await using var place = new PackPlace(new MemoryObjectStore());
        var one = new[] { Bytes.Random(900, 1), Bytes.Random(50, 2), [] };
        var other = new[] { Bytes.Random(700, 3), Bytes.Random(60, 4) };
        var right = Packs.Of(Packs.Content(("a.m3u8", one[0]), ("d/b.ts", one[1]), ("c", one[2])), one);
        var second = Packs.Of(Packs.Content(("a.m3u8", other[0]), ("e", other[1])), other);
        var random = new Random(20261130);
        var results = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < Packs_; i++)
        {
            var spoiled = Spoil(right, second, random);
            if (spoiled.AsSpan().SequenceEqual(right) || spoiled.AsSpan().SequenceEqual(second))
            {
                continue;
            }

            string result;
            try
            {
                result = (await place.FetchAsync(spoiled)).Result.ToString();
            }
            catch (WrongPackException)
            {
                result = "Wrong";
            }

            results[result] = results.GetValueOrDefault(result) + 1;
            place.Written().Should().BeEmpty($"of spoiled pack {i}");
        }

        results.Keys.Should().BeSubsetOf(["Wrong", "Newer"], string.Join(", ", results));
        results["Wrong"].Should().BeGreaterThan(Packs_ / 2);
    }

    private static byte[] Spoil(byte[] pack, byte[] second, Random random)
    {
        var bytes = (byte[])pack.Clone();
        switch (random.Next(6))
        {
            case 0:
                for (var flips = random.Next(1, 4); flips > 0; flips--)
                {
                    bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
                }

                return bytes;
            case 1:
                return bytes[..random.Next(bytes.Length)];
            case 2:
                return [.. bytes, .. Bytes.Random(random.Next(1, 2000), random.Next())];
            case 3:
                // The beginning of one and the end of another.
                return [.. bytes[..random.Next(bytes.Length)], .. second[random.Next(second.Length)..]];
            case 4:
                // Two pieces swapped.
                var (from, to) = (random.Next(bytes.Length), random.Next(bytes.Length));
                var length = random.Next(Math.Min(bytes.Length - from, bytes.Length - to));
                pack.AsSpan(from, length).CopyTo(bytes.AsSpan(to));
                return bytes;
            default:
                random.NextBytes(bytes.AsSpan(random.Next(PackFormat.FixedLength), 4));
                return bytes;
        }
    }
}
