using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace SmartCache.Tests.Stages.Kubo;

/// <summary>An upload session in memory: records by target and content, over several attempts.</summary>
internal sealed class MemorySession(string directory, ConcurrentDictionary<(UploadTarget Target, string Sha256), string> records) : IUploadSession
{
    public UploadTarget? PreferredTarget { get; init; }

    /// <summary>Runs before each record; may throw, as a cancelled or killed worker would end there.</summary>
    public Action<UploadFile, string>? OnRecord { get; init; }

    public ConcurrentBag<UploadFile> Recorded { get; } = [];

    public ConcurrentBag<UploadFile> Forgotten { get; } = [];

    public ConcurrentDictionary<string, string> Profiles { get; } = new();

    public IReadOnlyList<UploadFile> Files { get; } = [.. Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories)
        .Select(p => new UploadFile { RelativePath = Path.GetRelativePath(directory, p).Replace('\\', '/'), Length = new FileInfo(p).Length, Sha256 = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(p))) })
        .OrderBy(f => f.RelativePath, StringComparer.Ordinal)];

    public IReadOnlyList<string> PassedBy { get; init; } = [];

    public IUploadCheckpoint For(UploadTarget target) => new Checkpoint(this, target with { Endpoint = null });

    public ValueTask CompleteAsync(UploadResult result, CancellationToken cancellationToken = default) => ValueTask.CompletedTask;

    public ValueTask FailAsync(Exception exception, CancellationToken cancellationToken = default) => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private sealed class Checkpoint(MemorySession session, UploadTarget target) : IUploadCheckpoint
    {
        public bool TryGetCid(UploadFile file, [NotNullWhen(true)] out string? cid) => session.Records.TryGetValue((target, file.Sha256), out cid);

        public ValueTask RecordFileAsync(UploadFile file, string cid, CancellationToken cancellationToken = default)
        {
            session.OnRecord?.Invoke(file, cid);
            session.Records[(target, file.Sha256)] = cid;
            session.Recorded.Add(file);
            return ValueTask.CompletedTask;
        }

        public ValueTask RecordProfileAsync(EncodedProfile profile, string cid, CancellationToken cancellationToken = default)
        {
            session.Profiles[profile.Name] = cid;
            return ValueTask.CompletedTask;
        }

        public ValueTask ForgetAsync(UploadFile file, CancellationToken cancellationToken = default)
        {
            session.Records.TryRemove((target, file.Sha256), out _);
            session.Forgotten.Add(file);
            return ValueTask.CompletedTask;
        }
    }

    public ConcurrentDictionary<(UploadTarget Target, string Sha256), string> Records { get; } = records;
}
