using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using SmartCache.Diagnostics;
using SmartCache.FFMpegCore.Running;

namespace SmartCache.FFMpegCore.Results;

/// <summary>
/// What the default filter leaves as it is although most players show it badly: HDR in 8 bit, interlaced pictures. It is said, in the log once for each source
/// and in the result's properties each time; the picture is changed only by an option.
/// </summary>
internal sealed class KeptTraits(ILogger logger)
{
    private const int MaxRemembered = 10_000;

    private readonly ConcurrentDictionary<(string Source, string Property), byte> _said = new();

    /// <param name="request">The request; its profile is named in the log.</param>
    /// <param name="facts">The source's.</param>
    /// <param name="properties">The result's; gets one for each trait.</param>
    public void Note(EncodeRequest request, IReadOnlyDictionary<string, string> facts, Dictionary<string, string> properties)
    {
        if (facts.GetValueOrDefault("video.color_transfer") is "smpte2084" or "arib-std-b67")
            Note(request, properties, "source.hdr", facts["video.color_transfer"], "HDR", "its 8 bit show bands, and its colours are pale where HDR is not supported");
        if (facts.GetValueOrDefault("video.field_order") is "tt" or "bb" or "tb" or "bt")
            Note(request, properties, "source.interlaced", facts["video.field_order"], "interlaced", "movement shows combs");
    }

    private void Note(EncodeRequest request, Dictionary<string, string> properties, string property, string value, string what, string consequence)
    {
        properties[property] = value;
        var source = request.Source.Media is { ContentHash.Length: > 0 } media ? media.ContentHash : request.Source.Path;
        // When it is full it is better to repeat oneself than to grow.
        if (_said.Count < MaxRemembered ? _said.TryAdd((source, property), 0) : !_said.ContainsKey((source, property)))
            FfmpegLog.Kept(logger, LogText.Name(request.Profile.Name), what, consequence);
    }
}
