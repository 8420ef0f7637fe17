using SmartCache.Configuration;

namespace SmartCache.Tests.Remote;

/// <summary>For tests whose clock runs faster than the store can answer.</summary>
internal static class Patient
{
    public static RemoteSettings Remote(RemoteSettings settings) => settings with { LookupTimeout = TimeSpan.FromDays(1), StallTimeout = TimeSpan.FromDays(1) };
}
