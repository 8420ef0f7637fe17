namespace SmartCache.Eviction;

/// <summary>
/// How often a silent job asks again for what it had asked for before. Where retries come unannounced, it often does, and its entries are worth keeping. Where ends of
/// jobs get lost, it hardly ever does: then its entries are no likelier to be asked for again than free ones are, and they count as free.
/// </summary>
/// <remarks>
/// With a tenth of all ends lost one of 200 such entries is asked for again, and with none lost one of three: the two are easily told apart. The record is short, so
/// that a worker whose ends begin to arrive, or whose retries are no longer announced, is soon seen as what it is.
/// </remarks>
internal sealed class SilenceOdds
{
    // Before anything is learned, silence does not mean the end; ten entries that nobody came back for say that it does.
    private const double AssumedEntries = 10, AssumedReturns = 1, FewReturns = 0.05, LongestRecord = 200;

    private double _entries;
    private double _returns;

    /// <summary>Whether what silent jobs had asked for is, as a rule, not asked for again.</summary>
    public bool MeanTheEnd => _returns + AssumedReturns < FewReturns * (_entries + AssumedEntries);

    public double Entries => _entries;

    public double Returns => _returns;

    public void Observe(in CacheEvent e)
    {
        if (!e.AfterSilence || e.Kind is not (CacheEventKind.Requested or CacheEventKind.EntryReleased))
            return;
        _entries++;
        if (e.Kind == CacheEventKind.Requested)
            _returns++;
        if (_entries > LongestRecord)
            (_entries, _returns) = (_entries / 2, _returns / 2);
    }

    /// <summary>Replaces what is known. What makes no sense is left out.</summary>
    public void Load(double entries, double returns)
    {
        _entries = entries is >= 0 and <= LongestRecord ? entries : 0;
        _returns = returns >= 0 && returns <= _entries ? returns : 0;
    }
}
