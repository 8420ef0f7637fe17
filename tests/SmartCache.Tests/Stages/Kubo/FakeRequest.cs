using System.Net.Sockets;

namespace SmartCache.Tests.Stages.Kubo;

/// <summary>One request as a <see cref="FakeNode"/> received it.</summary>
/// <param name="Command">Path below <c>/api/v0/</c>, without query.</param>
/// <param name="Query">The query.</param>
/// <param name="Headers">Header lines.</param>
/// <param name="Parts">File names, types and contents of the multipart body.</param>
/// <param name="Number">How many requests of this command came before it, and 1.</param>
internal sealed record FakeRequest(string Command, string Query, string Headers, IReadOnlyList<(string Name, string Type, byte[] Content)> Parts, int Number, NetworkStream Stream, Socket Socket)
{
    public string Name => Parts[0].Name;
}
