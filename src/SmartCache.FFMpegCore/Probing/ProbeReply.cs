using System.Text.Json;
using System.Text.Json.Nodes;
using global::FFMpegCore;
using global::FFMpegCore.Exceptions;

namespace SmartCache.FFMpegCore.Probing;

/// <summary>
/// ffprobe's JSON as FFMpegCore reads it. Its own words are taken (<see cref="IMediaAnalysis.Raw"/>) and not what FFMpegCore makes of them: a duration there
/// is cut to milliseconds and may be a tag's, a frame rate is a quotient, and the primary stream may be another one than the encoder maps.
/// </summary>
internal static class ProbeReply
{
    /// <exception cref="FfmpegException">It is not understood.</exception>
    public static FFProbeAnalysis Parse(string json)
    {
        try
        {
            return FFProbe.FromJson(WithFlatSideData(json)).Raw;
        }
        catch (FormatNullException exception)
        {
            throw new FfmpegException("ffprobe's reply is empty.", exception);
        }
        // FFMpegCore parses each field and throws what the parser throws.
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            throw new FfmpegException("ffprobe's reply is not understood.", exception);
        }
    }

    /// <summary>
    /// The stream that is encoded and that the facts are about: the first video stream that is no cover art. It is ffmpeg's <c>0:V:0</c>, which the encoder maps.
    /// </summary>
    public static FFProbeStream? Pictures(this FFProbeAnalysis reply) =>
        reply.Streams.FirstOrDefault(static stream => stream.CodecType == "video" && (stream.Disposition?.GetValueOrDefault("attached_pic") ?? 0) == 0);

    // Side data of some kinds is nested, and FFMpegCore refuses the whole reply for it. The one that counts, the rotation, is flat.
    private static string WithFlatSideData(string json)
    {
        if (JsonNode.Parse(json) is not JsonObject reply || reply["streams"] is not JsonArray streams)
            return json;

        foreach (var data in streams.OfType<JsonObject>().SelectMany(static stream => stream["side_data_list"] as JsonArray ?? []).OfType<JsonObject>())
        {
            foreach (var name in data.Where(static member => member.Value is not JsonValue).Select(static member => member.Key).ToList())
                data.Remove(name);
        }

        return reply.ToJsonString(JsonSerializerOptions.Default);
    }
}
