namespace SmartCache.Torture.Workload;

/// <summary>A generator that gives the same sequence on every machine and version of .NET, and fills a buffer at memory speed.</summary>
internal sealed class SplitMix(ulong state)
{
    private ulong _state = state;

    public static ulong Mix(params ReadOnlySpan<ulong> parts)
    {
        var mixed = new SplitMix(0x9e3779b97f4a7c15);
        foreach (var part in parts)
        {
            mixed._state ^= part;
            mixed._state = mixed.Next();
        }

        return mixed.Next();
    }

    public ulong Next()
    {
        var z = _state += 0x9e3779b97f4a7c15;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }

    /// <summary>A number from 0 to <paramref name="limit"/>, which is not reached.</summary>
    public int Next(int limit) => (int)(Next() % (ulong)limit);

    public double NextDouble() => (Next() >> 11) * (1.0 / (1UL << 53));

    public bool Chance(double probability) => NextDouble() < probability;

    public void Fill(Span<byte> bytes)
    {
        var words = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, ulong>(bytes);
        for (var i = 0; i < words.Length; i++)
        {
            words[i] = Next();
        }

        for (var i = words.Length * sizeof(ulong); i < bytes.Length; i++)
        {
            bytes[i] = (byte)Next();
        }
    }
}
