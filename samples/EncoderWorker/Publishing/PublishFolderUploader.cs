using SmartCache;

namespace EncoderWorker.Publishing;

/// <summary>Publishes into a local folder: an uploader small enough to read, that uses the session as one for IPFS should.</summary>
internal sealed class PublishFolderUploader(PublishFolder folder) : IIpfsUploader, IUploadPresence
{
    public async Task<UploadResult> UploadAsync(UploadRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var session = request.Session ?? throw new ArgumentException("The sample always gives a session.", nameof(request));
        if (session.PassedBy.Count > 0)
            throw new NotSupportedException($"The folder takes plain files only; '{session.PassedBy[0]}' is none.");
        var checkpoint = session.For(folder.Target);
        var totalBytes = session.Files.Sum(file => file.Length);
        int sent = 0, skipped = 0;
        long bytesSent = 0, bytesSkipped = 0;
        foreach (var file in session.Files)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (await IsThereAsync(checkpoint, file, cancellationToken))
            {
                skipped++;
                bytesSkipped += file.Length;
            }
            else
            {
                var id = await folder.AddFileAsync(Path.Combine(request.Directory, file.RelativePath), file, cancellationToken);
                await checkpoint.RecordFileAsync(file, id, cancellationToken);
                sent++;
                bytesSent += file.Length;
            }

            progress?.Report(new StageProgress("upload")
            {
                Fraction = (double)(sent + skipped) / session.Files.Count,
                Bytes = bytesSent + bytesSkipped,
                TotalBytes = totalBytes,
            });
        }

        cancellationToken.ThrowIfCancellationRequested();
        var profileIds = await LinkProfilesAsync(request, session, checkpoint, cancellationToken);
        var root = folder.AddTree(session.Files.Select(file => (file.RelativePath, file)));
        return new UploadResult(root)
        {
            ProfileCids = profileIds,
            Target = folder.Target,
            FilesSent = sent,
            FilesSkipped = skipped,
            BytesSent = bytesSent,
            BytesSkipped = bytesSkipped,
            Verified = folder.Has(root),
        };
    }

    public ValueTask<Presence> CheckAsync(UploadTarget target, string cid, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(target.Id != folder.Target.Id ? Presence.Unknown : folder.Has(cid) ? Presence.Present : Presence.Missing);

    // The record says that the file was here once. Looking costs nothing in a folder, so it is done for each.
    private async ValueTask<bool> IsThereAsync(IUploadCheckpoint checkpoint, UploadFile file, CancellationToken cancellationToken)
    {
        if (!checkpoint.TryGetCid(file, out var id))
            return false;
        if (folder.Has(id))
            return true;
        await checkpoint.ForgetAsync(file, cancellationToken);
        return false;
    }

    private async Task<Dictionary<string, string>> LinkProfilesAsync(UploadRequest request, IUploadSession session, IUploadCheckpoint checkpoint, CancellationToken cancellationToken)
    {
        Dictionary<string, string> ids = new(StringComparer.Ordinal);
        foreach (var profile in request.Profiles)
        {
            var prefix = Path.GetRelativePath(request.Directory, profile.Directory).Replace(Path.DirectorySeparatorChar, '/') + "/";
            var files = session.Files.Where(file => file.RelativePath.StartsWith(prefix, StringComparison.Ordinal));
            var id = folder.AddTree(files.Select(file => (file.RelativePath[prefix.Length..], file)));
            await checkpoint.RecordProfileAsync(profile, id, cancellationToken);
            ids[profile.Name] = id;
        }

        return ids;
    }
}
