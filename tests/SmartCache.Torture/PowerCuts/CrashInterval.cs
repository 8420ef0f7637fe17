namespace SmartCache.Torture.PowerCuts;

/// <summary>
/// Two flushes and what is tried between them. Most of what a journaling file system writes there changes nothing until its commit is complete: after some
/// images in a row that recovered to what was seen before, the rest is left out.
/// </summary>
internal sealed class CrashInterval
{
    private const int MostInVain = 3;
    private const int MostInVainWithoutAny = 2;

    private int _inVain;
    private volatile bool _hasAny;

    public bool IsExhausted => Volatile.Read(ref _inVain) >= (_hasAny ? MostInVain : MostInVainWithoutAny);

    public void Note(bool isNew)
    {
        _hasAny |= isNew;
        if (isNew)
        {
            Volatile.Write(ref _inVain, 0);
        }
        else
        {
            Interlocked.Increment(ref _inVain);
        }
    }
}
