using System.Text.Json;
using SmartCache;

namespace Adoption;

/// <summary>Sends a directory to an IPFS node in one POST.</summary>
public sealed class IpfsUploader(HttpClient http, IReadOnlyList<Uri> nodes) : IIpfsUploader
{
    private const string ImportParameters = "cid-version=1&raw-leaves=true&chunker=size-262144&hash=sha2-256";

    private int _attempts;

    public async Task<UploadResult> UploadAsync(UploadRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        // The node that has the job's files already, else another one at each attempt.
        var preferred = request.Session?.PreferredTarget?.Id;
        var node = nodes.FirstOrDefault(node => node.Authority == preferred) ?? nodes[_attempts++ % nodes.Count];
        var cid = await PostAsync(node, request.Directory, cancellationToken);
        return new UploadResult(cid) { Target = new UploadTarget(node.Authority, ImportParameters) };
    }

    private async Task<string> PostAsync(Uri node, string directory, CancellationToken cancellationToken)
    {
        using var form = new MultipartFormDataContent();
        foreach (var file in Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories))
            form.Add(new StreamContent(File.OpenRead(file)), "file", Uri.EscapeDataString(Path.GetRelativePath(directory, file)));
        using var reply = await http.PostAsync(new Uri(node, $"/api/v0/add?wrap-with-directory=true&{ImportParameters}"), form, cancellationToken);
        reply.EnsureSuccessStatusCode();

        foreach (var line in (await reply.Content.ReadAsStringAsync(cancellationToken)).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            using var entry = JsonDocument.Parse(line);
            if (entry.RootElement.GetProperty("Name").GetString() is "")
                return entry.RootElement.GetProperty("Hash").GetString()!;
        }

        throw new IOException("The node did not name the directory.");
    }
}
