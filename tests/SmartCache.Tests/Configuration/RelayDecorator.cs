namespace SmartCache.Tests.Configuration;

internal sealed class RelayDecorator(IRelay inner, IServiceProvider provider) : IRelay
{
    public IRelay Inner => inner;

    public IServiceProvider Provider => provider;

    public string Name => $"[{inner.Name}]";
}
