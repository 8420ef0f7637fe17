using System.Globalization;

namespace SmartCache.FFMpegCore.Commands;

/// <summary>
/// The filter that fits a picture into a resolution in square pixels of the same shape: <c>dar</c> is the shape of the picture as it is shown,
/// <c>sar</c> that of the source's pixels (1 where it does not say).
/// </summary>
internal static class ScaleFilter
{
    public static string For(string profile, string? resolution)
    {
        if (resolution is null)
            return "scale=w=2*trunc(iw*sar/2):h=2*trunc(ih/2),setsar=1";

        var parts = resolution.Split('x', 'X', ':');
        if (parts.Length != 2
            || !int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var width) || width < 2
            || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var height) || height < 2)
            throw new FfmpegException($"The resolution '{resolution}' of profile {profile} is not WIDTHxHEIGHT, such as 1280x720.");
        var (w, h) = (width.ToString(CultureInfo.InvariantCulture), height.ToString(CultureInfo.InvariantCulture));
        return $"scale=w=2*trunc(max(min({w}\\,{h}*dar)\\,2)/2):h=2*trunc(max(min({h}\\,{w}/dar)\\,2)/2),setsar=1";
    }
}
