namespace SmartCache.Abstractions;

internal enum LayerMode
{
    On,
    Observe,
    Off,
}
