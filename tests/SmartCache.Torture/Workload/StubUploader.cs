namespace SmartCache.Torture.Workload;

/// <summary>
/// "Sends" file by file. What the session accepted as confirmed goes into a ledger outside the cache right afterwards:
/// everything in that ledger must be found again, whatever was killed since.
/// </summary>
internal sealed class StubUploader(LineFile ledger, SplitMix random, Action<string> violate) : IIpfsUploader
{
    public static readonly UploadTarget[] Targets = [new("node-a", "v1"), new("node-b", "v1 raw")];

    public async Task<UploadResult> UploadAsync(UploadRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var target = request.Target ?? Targets[0];
        var files = request.Session?.Files ?? [];
        var checkpoint = request.Session?.For(target);
        var (sent, skipped) = (0, 0);
        int failAt;
        lock (random)
        {
            failAt = random.Chance(0.2) ? random.Next(files.Count + 1) : int.MaxValue;
        }

        foreach (var file in files)
        {
            var right = Content.CidOf(target.Id, file.Sha256);
            if (checkpoint!.TryGetCid(file, out var cid))
            {
                skipped++;
                if (cid != right)
                {
                    violate($"wrong CID for {file.Sha256[..12]} on {target.Id}");
                }

                continue;
            }

            if (sent++ >= failAt)
            {
                throw new UploadFailedException();
            }

            await Task.Yield();
            await checkpoint.RecordFileAsync(file, right, cancellationToken);
            if (!IsAhead(Path.Combine(request.Directory, file.RelativePath)))
            {
                ledger.Add($"{target.Id} {file.Sha256}");
            }
        }

        return new UploadResult("root-" + request.JobId) { Target = target, FilesSent = sent, FilesSkipped = skipped };
    }

    // A job may have set the time of its link to tomorrow. Such a time says nothing of a later write, so that what was sent is not recorded.
    private static bool IsAhead(string path) => File.GetLastWriteTimeUtc(path) > DateTime.UtcNow;
}
