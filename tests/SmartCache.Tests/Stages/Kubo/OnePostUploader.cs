using System.Text.Json.Nodes;
using SmartCache.Stages.Kubo;

namespace SmartCache.Tests.Stages.Kubo;

/// <summary>What many workers have: the whole directory in one add, nothing known of sessions.</summary>
internal sealed class OnePostUploader(Uri endpoint, UploadTarget target) : IIpfsUploader
{
    public int Posts { get; private set; }

    public async Task<UploadResult> UploadAsync(UploadRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        Posts++;
        using var http = new HttpClient();
        using var form = new MultipartFormDataContent();
        var paths = Directory.GetFiles(request.Directory, "*", SearchOption.AllDirectories);
        foreach (var path in paths)
        {
            var content = new ByteArrayContent(await File.ReadAllBytesAsync(path, cancellationToken));
            content.Headers.ContentType = new("application/octet-stream");
            content.Headers.TryAddWithoutValidation("Content-Disposition", $"form-data; name=\"file\"; filename=\"{Uri.EscapeDataString("video/" + Path.GetRelativePath(request.Directory, path))}\"");
            form.Add(content);
        }

        using var answer = await http.PostAsync(new Uri(endpoint, $"/api/v0/add?{target.ImportParameters}"), form, cancellationToken);
        var lines = (await answer.EnsureSuccessStatusCode().Content.ReadAsStringAsync(cancellationToken)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var hash = (string)lines.Select(line => JsonNode.Parse(line)!).Single(line => (string)line["Name"]! == "video")["Hash"]!;
        return new UploadResult(Cid.TryParse(hash, out var cid) ? cid.ToString() : hash) { Target = target, FilesSent = paths.Length };
    }
}
