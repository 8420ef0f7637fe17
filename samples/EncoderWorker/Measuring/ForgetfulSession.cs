using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using SmartCache;

namespace EncoderWorker.Measuring;

/// <summary>The session of an upload without a cache: it knows nothing and remembers nothing.</summary>
internal sealed class ForgetfulSession(IReadOnlyList<UploadFile> files) : IUploadSession, IUploadCheckpoint
{
    public UploadTarget? PreferredTarget => null;

    public IReadOnlyList<UploadFile> Files => files;

    public IReadOnlyList<string> PassedBy => [];

    public static async Task<ForgetfulSession> OpenAsync(string directory, CancellationToken cancellationToken)
    {
        List<UploadFile> files = [];
        foreach (var path in Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories))
        {
            await using var stream = File.OpenRead(path);
            var hash = await SHA256.HashDataAsync(stream, cancellationToken);
            var relative = Path.GetRelativePath(directory, path).Replace(Path.DirectorySeparatorChar, '/');
            files.Add(new UploadFile { RelativePath = relative, Length = stream.Length, Sha256 = Convert.ToHexStringLower(hash) });
        }

        files.Sort((left, right) => string.CompareOrdinal(left.RelativePath, right.RelativePath));
        return new ForgetfulSession(files);
    }

    public IUploadCheckpoint For(UploadTarget target) => this;

    public bool TryGetCid(UploadFile file, [NotNullWhen(true)] out string? cid)
    {
        cid = null;
        return false;
    }

    public ValueTask RecordFileAsync(UploadFile file, string cid, CancellationToken cancellationToken = default) => ValueTask.CompletedTask;

    public ValueTask RecordProfileAsync(EncodedProfile profile, string cid, CancellationToken cancellationToken = default) => ValueTask.CompletedTask;

    public ValueTask ForgetAsync(UploadFile file, CancellationToken cancellationToken = default) => ValueTask.CompletedTask;

    public ValueTask CompleteAsync(UploadResult result, CancellationToken cancellationToken = default) => ValueTask.CompletedTask;

    public ValueTask FailAsync(Exception exception, CancellationToken cancellationToken = default) => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
