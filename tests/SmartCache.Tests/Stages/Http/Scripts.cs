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

    private static async Task WholeAsync(ScriptedExchange exchange, byte[] content, string? tag, int limit)
    {
        string[] tagHeader = tag is null ? [] : ["ETag: " + tag];
        await exchange.HeadAsync("200 OK", ["Content-Type: video/mp4", $"Content-Length: {content.Length}", .. tagHeader]);
        await exchange.BodyAsync(content.AsMemory(0, Math.Min(limit, content.Length)));
    }
}
