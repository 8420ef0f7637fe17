using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace SmartCache.Tests.Sample;

/// <summary>Where the adopted worker downloads from, and a node that takes a directory in one POST and refuses the first one.</summary>
internal sealed class AdoptionNet : IAsyncDisposable
{
    public const string Cid = "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi";

    private readonly WebApplication _server = WebApplication.CreateSlimBuilder().Build();
    private int _downloads;
    private int _posts;

    public int Downloads => _downloads;

    public int Posts => _posts;

    public Uri Node => new(_server.Urls.Single());

    public string Video => new Uri(Node, "/video.mp4").ToString();

    public static async Task<AdoptionNet> StartAsync(string video)
    {
        var net = new AdoptionNet();
        net._server.Urls.Add("http://127.0.0.1:0");
        net._server.MapGet("/video.mp4", () =>
        {
            Interlocked.Increment(ref net._downloads);
            return Results.File(video);
        });
        net._server.MapPost("/api/v0/add", async (HttpRequest request) =>
        {
            await request.Body.CopyToAsync(Stream.Null);
            return Interlocked.Increment(ref net._posts) == 1
                ? Results.StatusCode(StatusCodes.Status502BadGateway)
                : Results.Text("{\"Name\":\"index.m3u8\",\"Hash\":\"x\"}\n{\"Name\":\"\",\"Hash\":\"" + Cid + "\"}\n");
        });
        await net._server.StartAsync();
        return net;
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();
}
