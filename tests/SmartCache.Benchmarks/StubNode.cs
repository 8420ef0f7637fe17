using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace SmartCache.Benchmarks;

/// <summary>
/// A server that answers adds of files of one block as fast as it can, keeps nothing and calls every tree present. Whatever is measured beside it looks
/// larger than beside any node that does its work. It has threads of its own, so that it does not queue with what is measured.
/// </summary>
internal sealed class StubNode : IDisposable
{
    private const string Base32 = "abcdefghijklmnopqrstuvwxyz234567";
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public StubNode()
    {
        _listener.Start();
        Start(Accept);
    }

    public Uri Endpoint => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    public void Dispose() => _listener.Dispose();

    private static void Start(Action work) => new Thread(() => work()) { IsBackground = true }.Start();

    private void Accept()
    {
        try
        {
            while (true)
            {
                var client = _listener.AcceptSocket();
                client.NoDelay = true;
                Start(() => Serve(client));
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // Disposed.
        }
    }

    private static void Serve(Socket client)
    {
        using var connection = client;
        var buffer = new byte[4 << 20];
        var filled = 0;
        try
        {
            while (true)
            {
                int end;
                while ((end = buffer.AsSpan(0, filled).IndexOf("\r\n\r\n"u8)) < 0)
                {
                    filled += Receive(client, buffer, filled);
                }

                var head = Encoding.ASCII.GetString(buffer, 0, end);
                var length = LengthOf(head);
                var begin = end + 4;
                while (filled < begin + length)
                {
                    filled += Receive(client, buffer, filled);
                }

                var reply = ReplyTo(head.Split(' ', 3)[1], buffer.AsSpan(begin, length));
                client.Send(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {reply.Length}\r\n\r\n{reply}"));
                buffer.AsSpan(begin + length, filled - begin - length).CopyTo(buffer);
                filled -= begin + length;
            }
        }
        catch (Exception exception) when (exception is SocketException or EndOfStreamException)
        {
            // The client has gone.
        }
    }

    private static int Receive(Socket client, byte[] buffer, int at) => client.Receive(buffer, at, buffer.Length - at, SocketFlags.None) is > 0 and var count ? count : throw new EndOfStreamException();

    private static int LengthOf(string head)
    {
        const string Name = "Content-Length: ";
        var at = head.IndexOf(Name, StringComparison.OrdinalIgnoreCase);
        return at < 0 ? 0 : int.Parse(head[(at + Name.Length)..].Split('\r', 2)[0], System.Globalization.CultureInfo.InvariantCulture);
    }

    private static string ReplyTo(string path, ReadOnlySpan<byte> body)
    {
        if (path.StartsWith("/api/v0/add?", StringComparison.Ordinal))
        {
            // --boundary, headers, an empty line, the file, and the boundary again with six characters around it.
            var headEnd = body.IndexOf("\r\n\r\n"u8) + 4;
            var boundary = body.IndexOf("\r\n"u8);
            var head = Encoding.ASCII.GetString(body[..headEnd]);
            const string Name = "filename=\"";
            var name = head[(head.IndexOf(Name, StringComparison.Ordinal) + Name.Length)..].Split('"', 2)[0];
            var file = body[headEnd..^(boundary + 6)];
            byte[] cid = [1, 0x55, 0x12, 0x20, .. SHA256.HashData(file)];
            return $"{{\"Name\":\"{name}\",\"Hash\":\"b{ToBase32(cid)}\",\"Size\":\"{file.Length}\"}}\n";
        }

        var asked = path.StartsWith("/api/v0/dag/import", StringComparison.Ordinal) ? RootOf(body) : path.Split("/ipfs/", 2)[^1].Split('&', 2)[0];
        return path.StartsWith("/api/v0/dag/import", StringComparison.Ordinal)
            ? $"{{\"Root\":{{\"Cid\":{{\"/\":\"{asked}\"}},\"PinErrorMsg\":\"\"}}}}\n"
            : $"{{\"Hash\":\"{asked}\",\"CumulativeSize\":1,\"WithLocality\":true,\"Local\":true}}\n";
    }

    /// <summary>The one root that a CAR names in its header: behind the tag of a link, its length and a zero.</summary>
    private static string RootOf(ReadOnlySpan<byte> body)
    {
        var at = body.IndexOf((ReadOnlySpan<byte>)[0xD8, 0x2A, 0x58]) + 3;
        return "b" + ToBase32(body.Slice(at + 2, body[at] - 1));
    }

    private static string ToBase32(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder();
        int bits = 0, value = 0;
        foreach (var next in bytes)
        {
            value = (value << 8) | next;
            for (bits += 8; bits >= 5; bits -= 5)
            {
                text.Append(Base32[(value >> (bits - 5)) & 31]);
            }

            value &= (1 << bits) - 1;
        }

        return bits > 0 ? text.Append(Base32[(value << (5 - bits)) & 31]).ToString() : text.ToString();
    }
}
