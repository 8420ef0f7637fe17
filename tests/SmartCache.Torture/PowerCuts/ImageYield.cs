using SmartCache.Torture.Workload;

namespace SmartCache.Torture.PowerCuts;

/// <summary>
/// How often images of a kind recover to what was not seen before. A kind that seldom does is tried seldom, and never not at all: only the mount proves it.
/// Most of what a journaling file system writes changes nothing until a commit is whole, and mounting all of it took four fifths of the time.
/// </summary>
internal sealed class ImageYield(SplitMix random)
{
    private const double Least = 0.02;

    /// <summary>What is new in one of two is tried always.</summary>
    private const double Generosity = 2;

    /// <summary>A kind is believed to be new until it was tried.</summary>
    private const int Doubt = 1;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, (int Tried, int New)> _kinds = new(StringComparer.Ordinal);

    public bool Wants(string kind)
    {
        lock (_gate)
        {
            var (tried, found) = _kinds.GetValueOrDefault(kind);
            return random.Chance(Math.Max(Least, Generosity * (found + Doubt) / (tried + Doubt)));
        }
    }

    public void Note(string kind, bool isNew)
    {
        lock (_gate)
        {
            var (tried, found) = _kinds.GetValueOrDefault(kind);
            _kinds[kind] = (tried + 1, found + (isNew ? 1 : 0));
        }
    }

    public override string ToString()
    {
        lock (_gate)
        {
            return string.Join(", ", _kinds.OrderBy(static kind => kind.Key, StringComparer.Ordinal).Select(static kind => $"{kind.Key} {kind.Value.New} of {kind.Value.Tried}"));
        }
    }
}
