using System.Text.Json;

namespace SmartCache.Stages.Http;

/// <summary>The small file beside a partial. Losing it costs the partial, never the download: reading and writing do not throw.</summary>
internal static class PartialSidecar
{
    private const int MaxLength = 16 * 1024;

    // 5 bytes here, and 37 of the name that it is written under.
    public static string PathOf(string partial) => NearName.Of(partial, 213) + ".json";

    /// <summary>Which run of the kernel this is; <see langword="null"/> where that cannot be told, and then no partial survives the process.</summary>
    public static string? Boot { get; } = ReadBoot();

    public static PartialClaims? Read(string partial)
    {
        try
        {
            var path = PathOf(partial);
            if (new FileInfo(path) is not { Exists: true, Length: <= MaxLength })
                return null;
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), PartialClaimsJson.Default.PartialClaims);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    public static bool Write(string partial, PartialClaims claims)
    {
        var path = PathOf(partial);
        var temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            File.WriteAllBytes(temporary, JsonSerializer.SerializeToUtf8Bytes(claims, PartialClaimsJson.Default.PartialClaims));
            File.Move(temporary, path, overwrite: true);
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Delete(temporary);
            return false;
        }
    }

    public static void Delete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // What stays is swept with the old partials.
        }
    }

    private static string? ReadBoot()
    {
        try
        {
            return OperatingSystem.IsLinux() ? File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim() : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
