namespace SmartCache.Configuration;

internal enum LayerMode
{
    On,
    Observe,
    Off,
}
