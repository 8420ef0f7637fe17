namespace SmartCache.Tests.Support;

/// <summary>Another program, which fills a disk until it says that it is full.</summary>
internal static class Filler
{
    private const int Enospc = 28;

    public static void Fill(string directory, bool ofInodes)
    {
        if (ofInodes)
        {
            UntilFull(number => File.Create(Path.Combine(directory, $"other-{number}")).Dispose());
            return;
        }

        using var other = new FileStream(Path.Combine(directory, "other"), FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
        foreach (var size in (int[])[1 << 20, 4096])
        {
            var block = new byte[size];
            UntilFull(_ => other.Write(block));
        }
    }

    private static void UntilFull(Action<int> take)
    {
        for (var number = 0; ; number++)
        {
            try
            {
                take(number);
            }
            catch (IOException full) when (full.HResult == Enospc)
            {
                return;
            }
        }
    }
}
