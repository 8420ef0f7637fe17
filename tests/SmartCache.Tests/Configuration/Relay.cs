namespace SmartCache.Tests.Configuration;

internal sealed class Relay(string name = "relay") : IRelay, IDisposable
{
    public int Disposals { get; private set; }

    public string Name => name;

    public void Dispose() => Disposals++;
}
