using System.Net;
using System.Text;
using SmartCache.Stages;

namespace SmartCache.Tests.Stages.Kubo;

/// <summary>What a proxy before the node says, in words that tell what to do.</summary>
[Trait("Found", "M42")]
public sealed class KuboProxyTests : FakeNodeUpload
{
    [Fact]
    public async Task Proxy_that_points_elsewhere_is_named_as_one()
    {
        Node.Script = static async request =>
        {
            await AnswerAsync(request.Stream, "302 Found", "Location: https://login.example/?token=s3cret");
            return true;
        };

        var error = await FailureAsync();

        error.StatusCode.Should().Be(HttpStatusCode.Found);
        error.Message.Should().Contain("302: it, or a proxy before it, points elsewhere").And.NotContain("login.example");
        Node.Count("add").Should().BeLessThan(8, "asking again would not help");
    }

    [Fact]
    public async Task Proxy_that_takes_no_body_of_this_size_is_heard_although_it_closes_while_the_body_is_sent()
    {
        // More than the sockets hold, so that the body breaks.
        await File.WriteAllBytesAsync(Path.Combine(Tree.Root, "720p", "big.ts"), new byte[32 << 20]);
        Node.BeforeBody = static async (length, stream, socket) =>
        {
            if (length < 1 << 20)
                return false;
            await AnswerAsync(stream, "413 Request Entity Too Large");
            FakeNode.Reset(socket);
            return true;
        };

        var error = await FailureAsync();

        error.StatusCode.Should().Be(HttpStatusCode.RequestEntityTooLarge);
        error.Message.Should().Contain("413: the request is too large").And.Contain("client_max_body_size");
    }

    [Fact]
    public async Task Node_that_refuses_the_connection_is_named_as_one()
    {
        Uri gone;
        await using (var node = new FakeNode())
        {
            gone = node.Endpoint;
        }

        var error = await FailureAsync(gone);

        error.Message.Should().Contain("the server refused the connection");
    }

    private async Task<KuboException> FailureAsync(Uri? endpoint = null)
    {
        using KuboUploader uploader = new(new KuboOptions { Endpoints = { new KuboEndpoint(endpoint ?? Node.Endpoint) }, RetryDelay = TimeSpan.Zero, Attempts = 3 });
        var upload = () => uploader.UploadAsync(new UploadRequest("job", Tree.Root));
        return (await upload.Should().ThrowAsync<KuboException>()).Which;
    }

    private static async Task AnswerAsync(Stream stream, string status, params string[] headers) => await stream.WriteAsync(Encoding.ASCII.GetBytes(
        $"HTTP/1.1 {status}\r\nContent-Type: text/html\r\nConnection: close\r\nContent-Length: 6\r\n{string.Concat(headers.Select(static header => header + "\r\n"))}\r\n<html>"));
}
