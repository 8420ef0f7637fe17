namespace SmartCache.Tests.Stages.Http;

/// <summary>What servers do.</summary>
internal static class Scripts
{
    /// <summary>Bytes that are no text and never the same twice in a row of 4.</summary>
    public static byte[] Video(int length, int seed = 1)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        bytes[0] = 0;
        return bytes;
    }

    /// <summary>Ranges, If-Range, a strong entity tag; sends no more than <paramref name="limit"/> bytes of the body and then closes.</summary>
    public static Func<ScriptedExchange, Task> Honest(byte[] content, string? tag = "\"v1\"", int limit = int.MaxValue) => async exchange =>
    {
        string[] tagHeader = tag is null ? [] : ["ETag: " + tag];
        var ifRange = exchange.Headers.GetValueOrDefault("If-Range");
        if (exchange.Offset is { } offset && (ifRange is null || ifRange == tag))
        {
            if (offset >= content.Length)
            {
                await exchange.HeadAsync("416 Range Not Satisfiable", $"Content-Range: bytes */{content.Length}", "Content-Length: 0");
                return;
            }

            await exchange.HeadAsync(
                "206 Partial Content",
                [$"Content-Range: bytes {offset}-{content.Length - 1}/{content.Length}", $"Content-Length: {content.Length - offset}", .. tagHeader]);
            await exchange.BodyAsync(content.AsMemory((int)offset, (int)Math.Min(limit, content.Length - offset)));
            return;
        }

        await WholeAsync(exchange, content, tag, limit);
    };

    /// <summary>Always 200 and from the beginning.</summary>
    public static Func<ScriptedExchange, Task> WithoutRanges(byte[] content, string? tag = "\"v1\"", int limit = int.MaxValue) =>
        exchange => WholeAsync(exchange, content, tag, limit);

    /// <summary>A 206 whatever was asked for.</summary>
    public static Func<ScriptedExchange, Task> Partial(string contentRange, byte[] body, string tag = "\"v1\"") => async exchange =>
    {
        if (exchange.Offset is null)
        {
            await exchange.HeadAsync("500 Internal Server Error", "Content-Length: 0");
            return;
        }

        await exchange.HeadAsync("206 Partial Content", "Content-Range: " + contentRange, $"Content-Length: {body.Length}", "ETag: " + tag);
        await exchange.BodyAsync(body);
    };

    public static Func<ScriptedExchange, Task> Status(string status, params string[] headers) =>
        exchange => exchange.HeadAsync(status, ["Content-Length: 0", .. headers]);

    public static Func<ScriptedExchange, Task> Page(string type, string text) => async exchange =>
    {
        var body = System.Text.Encoding.UTF8.GetBytes(text);
        await exchange.HeadAsync("200 OK", $"Content-Type: {type}", $"Content-Length: {body.Length}");
        await exchange.BodyAsync(body);
    };

    /// <summary>The whole, with no headers but its length and these.</summary>
    public static Func<ScriptedExchange, Task> Bare(byte[] content, params string[] headers) => async exchange =>
    {
        await exchange.HeadAsync("200 OK", [$"Content-Length: {content.Length}", .. headers]);
        await exchange.BodyAsync(content);
    };

    /// <summary>Bytes that begin as a file of that container does.</summary>
    public static byte[] Container(string name, int seed = 1)
    {
        var bytes = Video(50_000, seed);
        byte[] start = name switch
        {
            "mp4" => [0, 0, 0, 0x18, .. "ftypmp42"u8],
            "mov" => [0, 0, 0, 8, .. "wide"u8],
            "webm" => [0x1A, 0x45, 0xDF, 0xA3],
            "ps" => [0, 0, 1, 0xBA],
            "flv" => [.. "FLV"u8, 1],
            "avi" => [.. "RIFF"u8, 1, 2, 3, 4, .. "AVI "u8],
            "asf" => [0x30, 0x26, 0xB2, 0x75, 0x8E, 0x66, 0xCF, 0x11],
            "ogg" => [.. "OggS"u8],
            "mxf" => [0x06, 0x0E, 0x2B, 0x34],
            "nut" => [.. "nut/multimedia container"u8],
            _ => [],
        };
        start.CopyTo(bytes, 0);
        var (first, packet) = name switch { "ts" => (0, 188), "m2ts" => (4, 192), _ => (0, 0) };
        for (var i = first; packet > 0 && i < bytes.Length; i += packet)
            bytes[i] = 0x47;
        return bytes;
    }

    private static async Task WholeAsync(ScriptedExchange exchange, byte[] content, string? tag, int limit)
    {
        string[] tagHeader = tag is null ? [] : ["ETag: " + tag];
        await exchange.HeadAsync("200 OK", ["Content-Type: video/mp4", $"Content-Length: {content.Length}", .. tagHeader]);
        await exchange.BodyAsync(content.AsMemory(0, Math.Min(limit, content.Length)));
    }
}
