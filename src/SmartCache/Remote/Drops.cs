namespace SmartCache.Remote;

/// <summary>Counts what is given up without having reached the store, and says so once for each reason.</summary>
internal sealed class Drops(RemoteLink link)
{
    private readonly Lock _gate = new();
    private readonly HashSet<string> _said = new(StringComparer.Ordinal);

    public void Say(int entries, string reason, string text)
    {
        link.Meter.Remote.Dropped(entries, reason);
        lock (_gate)
        {
            if (!_said.Add(reason))
            {
                return;
            }
        }

        RemoteLog.Dropped(link.Layer.Logger, entries, text + "; said once");
    }
}
