using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace SmartCache.Tests.Stages.Http;

/// <summary>One request and what the script does with it.</summary>
internal sealed class ScriptedExchange
{
    private readonly TcpClient _client;
    private readonly CancellationToken _end;

    public ScriptedExchange(TcpClient client, string head, CancellationToken end)
    {
        _client = client;
        _end = end;
        var lines = head.Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Target = lines[0].Split(' ')[1];
        foreach (var line in lines.Skip(1))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            Headers[line[..colon]] = line[(colon + 1)..].Trim();
        }
    }

    public string Target { get; }

    public Dictionary<string, string> Headers { get; } = new(StringComparer.OrdinalIgnoreCase);

    public long BodyBytes { get; private set; }

    /// <summary>Where the request wants to go on; null without a Range header.</summary>
    public long? Offset => Headers.TryGetValue("Range", out var range)
        ? long.Parse(range.Replace("bytes=", "", StringComparison.Ordinal).TrimEnd('-'), CultureInfo.InvariantCulture)
        : null;

    public async Task HeadAsync(string status, params string[] headers)
    {
        var text = $"HTTP/1.1 {status}\r\n" + string.Concat(headers.Select(header => header + "\r\n")) + "Connection: close\r\n\r\n";
        await _client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(text), _end);
    }

    public async Task BodyAsync(ReadOnlyMemory<byte> bytes)
    {
        // Counted before: the other side may have them all, and the test be at its end, before this goes on.
        BodyBytes += bytes.Length;
        try
        {
            await _client.GetStream().WriteAsync(bytes, _end);
        }
        catch
        {
            BodyBytes -= bytes.Length;
            throw;
        }
    }

    /// <summary>Ends the connection with a reset, when the other side has had time to take what was sent: a reset may overtake it.</summary>
    public void Reset()
    {
        _client.LingerState = new LingerOption(true, 0);
        _client.Close();
    }

    /// <summary>Says nothing more until the test is over.</summary>
    public Task StallAsync() => Task.Delay(Timeout.Infinite, _end);
}
