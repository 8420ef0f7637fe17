using System.Reflection;

namespace SmartCache.Storage;

internal static class LibraryVersion
{
    /// <summary>What manifests name as their maker.</summary>
    public static string Text { get; } = "SmartCache/" + (typeof(LibraryVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0");
}
