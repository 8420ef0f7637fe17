using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using Microsoft.Extensions.Logging;
using SmartCache.Diagnostics;

namespace SmartCache.Stages.Kubo;

/// <summary>
/// One upload to one target: send what it lacks, link the directories, pin, verify; what turns out to be missing is forgotten
/// and sent again, a bounded number of times.
/// </summary>
internal sealed class TargetUpload(
    UploadCall call, KuboNode node, ImportParameters import, KuboOptions options, ILogger logger, TimeProvider time)
{
    private readonly string _job = LogText.Name(call.Request.JobId);
    private readonly IUploadCheckpoint? _checkpoint = call.Request.Session?.For(node.Target);
    private readonly ConcurrentDictionary<string, Cid> _cids = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _sentHere = new(StringComparer.Ordinal);
    private readonly Retry _retry = new(options, time, () => call.Meter.Report("upload"));

    public async Task<UploadResult> RunAsync(CancellationToken cancellationToken)
    {
        var abilities = await _retry.RunAsync(_ => node.AbilitiesAsync(cancellationToken), () => false, cancellationToken).ConfigureAwait(false);
        if (!abilities.CanLink)
        {
            KuboLog.AddOnly(logger, node.Target.Id, _job);
            return await SendWholeAsync(abilities, cancellationToken).ConfigureAwait(false);
        }
        if (LinkedTree.NeedsSharding(call.Tree.Files.Select(f => f.RelativePath), import))
        {
            KuboLog.Sharded(logger, node.Target.Id, _job);
            return await SendWholeAsync(abilities, cancellationToken).ConfigureAwait(false);
        }

        TakeRecorded();
        for (var round = 1; ; round++)
        {
            await SendMissingAsync(cancellationToken).ConfigureAwait(false);
            // A node that cannot say at once that a block is missing would leave the link hanging until its deadline.
            if (!abilities.KnowsLocality && await ForgetMissingAsync(cancellationToken).ConfigureAwait(false) is > 0 and var early)
            {
                NextRound(round, early);
                continue;
            }
            var (linked, verified, refusal) = await LinkAsync(abilities, cancellationToken).ConfigureAwait(false);
            if (linked is not null && verified != Presence.Missing)
                return await ConfirmAsync(linked, verified, cancellationToken).ConfigureAwait(false);

            var missing = await ForgetMissingAsync(cancellationToken, all: true).ConfigureAwait(false);
            if (missing == 0)
                throw refusal ?? new KuboException("The node says that the tree is not whole, and that it has every file of it.");
            NextRound(round, missing);
        }
    }

    private void NextRound(int round, int missing)
    {
        KuboLog.Missing(logger, node.Target.Id, _job, missing);
        if (round >= options.Rounds)
            throw new KuboException($"The node keeps losing what it confirmed: {missing} files are missing after {round} rounds.") { IsTransient = false };
    }

    private void TakeRecorded()
    {
        foreach (var file in call.Tree.Files)
        {
            if (_checkpoint?.TryGetCid(file, out var recorded) == true && Cid.TryParse(recorded, out var cid) && IsPlausible(file, cid))
                _cids[TreeToUpload.KeyOf(file)] = cid;
        }
    }

    /// <summary>A file of one block has its SHA-256 in its CID: a record of something else is seen without asking anyone.</summary>
    private bool IsPlausible(UploadFile file, Cid cid) =>
        !(cid.IsEmpty && file.Length > 0)
        && (!options.RequireExpectedCid || import.Sha512 || import.ChunkSize is not { } chunk || file.Length > chunk || file.Sha256.Length != 64
            || (cid.Codec == Cid.RawCodec && Convert.ToHexString(cid.Digest).Equals(file.Sha256, StringComparison.OrdinalIgnoreCase)));

    private async Task SendMissingAsync(CancellationToken cancellationToken)
    {
        var missing = call.Tree.Files.Where(f => !_cids.ContainsKey(TreeToUpload.KeyOf(f))).GroupBy(TreeToUpload.KeyOf).ToList();
        call.Meter.Restart(call.Tree.TotalBytes - missing.Sum(same => same.Sum(f => f.Length)));
        Exception? failure = null;
        await Parallel.ForEachAsync(
            missing.Index(),
            new ParallelOptions { MaxDegreeOfParallelism = options.Concurrency, CancellationToken = cancellationToken },
            async (item, token) =>
            {
                // The others that are under way may end, so that what they sent is not sent again by the retry; none begins.
                if (Volatile.Read(ref failure) is not null)
                    return;
                try
                {
                    await SendAsync(item.Item.First(), item.Index, () => Volatile.Read(ref failure) is not null, token).ConfigureAwait(false);
                    call.Meter.Confirmed(item.Item.Sum(f => f.Length));
                }
                catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
                {
                    Interlocked.CompareExchange(ref failure, exception, null);
                }
            }).ConfigureAwait(false);
        if (failure is not null)
            ExceptionDispatchInfo.Throw(failure);
    }

    private async Task SendAsync(UploadFile file, int index, Func<bool> givenUp, CancellationToken cancellationToken)
    {
        // The name means nothing to the CID. One of our own needs no escaping, and tells a reply to another request from ours.
        UploadPart part = new($"file-{index}", UploadPart.FileType, file.Length) { Path = call.Tree.PathOf(file), Sha256 = file.Sha256.Length > 0 ? file.Sha256 : null };
        var cid = await _retry.RunAsync(
            async _ =>
            {
                if (await ArrivedAsync(part, cancellationToken).ConfigureAwait(false) is { } arrived)
                    return arrived;
                try
                {
                    using var metered = call.Meter.Begin();
                    return await node.AddAsync(part, metered.Sent, cancellationToken).ConfigureAwait(false);
                }
                catch (KuboException exception)
                {
                    KuboLog.SendFailed(logger, node.Target.Id, _job, LogText.Reason(exception.Message));
                    throw;
                }
            },
            givenUp,
            cancellationToken).ConfigureAwait(false);
        _cids[TreeToUpload.KeyOf(file)] = cid;
        _sentHere[TreeToUpload.KeyOf(file)] = true;
        call.Sent[file.RelativePath] = file;
        if (_checkpoint is not null)
            await _checkpoint.RecordFileAsync(file, cid.ToString(), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Before a second attempt: whether the first one's bytes are there although its answer was lost.</summary>
    private async Task<Cid?> ArrivedAsync(UploadPart part, CancellationToken cancellationToken)
    {
        if (part.Expected is not { } expected || !options.RequireExpectedCid)
            return null;
        var presence = await node.CheckAsync(expected.Cid, part.Length, cancellationToken).ConfigureAwait(false);
        if (presence == Presence.Present)
            KuboLog.Arrived(logger, node.Target.Id, _job);
        return presence == Presence.Present ? expected.Cid : null;
    }

    private async Task<(LinkedTree? Linked, Presence Verified, KuboException? Refusal)> LinkAsync(NodeAbilities abilities, CancellationToken cancellationToken)
    {
        call.Meter.Report("verify");
        var linked = LinkedTree.Of(import, await LinksAsync(cancellationToken).ConfigureAwait(false));
        var refusal = await WatchedAsync(_retry.RunAsync(_ => LinkOnceAsync(linked, cancellationToken), () => false, cancellationToken)).ConfigureAwait(false);
        if (refusal is not null)
            return (null, Presence.Missing, refusal);
        // Without locality the only question is the import that was just answered, and it costs the node a walk over every block.
        if (!abilities.KnowsLocality)
            return (linked, Presence.Present, null);
        return (linked, await WatchedAsync(node.CheckAsync(linked.Root.Cid, call.Tree.TotalBytes, cancellationToken)).ConfigureAwait(false), null);
    }

    private async Task<KuboException?> LinkOnceAsync(LinkedTree linked, CancellationToken cancellationToken)
    {
        try
        {
            return await node.LinkAsync(linked.Root.Cid, linked.Blocks, call.Tree.TotalBytes, cancellationToken).ConfigureAwait(false) is { } refusal
                ? new KuboException("The node refused to pin the call.Tree.") { NodeMessage = refusal }
                : null;
        }
        catch (KuboException exception) when (exception.IsTimeout)
        {
            // What a node does that waits for a block which it lacks: a reason to look what is missing, not to ask again.
            return exception;
        }
    }

    private async Task<List<(string Path, DagLink Link)>> LinksAsync(CancellationToken cancellationToken)
    {
        ConcurrentDictionary<string, long> sizes = new(StringComparer.Ordinal);
        if (import.ChunkSize is null || !options.RequireExpectedCid)
        {
            await Parallel.ForEachAsync(
                call.Tree.Files.DistinctBy(TreeToUpload.KeyOf),
                new ParallelOptions { MaxDegreeOfParallelism = options.Concurrency, CancellationToken = cancellationToken },
                async (file, token) => sizes[TreeToUpload.KeyOf(file)] = await _retry.RunAsync(
                    _ => node.SizeAsync(_cids[TreeToUpload.KeyOf(file)], token), () => false, token).ConfigureAwait(false)).ConfigureAwait(false);
        }
        return [.. call.Tree.Files.Select(f => (f.RelativePath,
            new DagLink(_cids[TreeToUpload.KeyOf(f)], sizes.TryGetValue(TreeToUpload.KeyOf(f), out var size) ? size : FileDag.SizeOf(f.Length, import))))];
    }

    /// <summary>
    /// Asks file by file. What is missing is forgotten; what the node cannot say is not relied on, and so sent again, but stays
    /// recorded.
    /// </summary>
    private async Task<int> ForgetMissingAsync(CancellationToken cancellationToken, bool all = false)
    {
        var count = 0;
        await Parallel.ForEachAsync(
            call.Tree.Files.Where(f => all || !_sentHere.ContainsKey(TreeToUpload.KeyOf(f))).DistinctBy(TreeToUpload.KeyOf),
            new ParallelOptions { MaxDegreeOfParallelism = options.Concurrency, CancellationToken = cancellationToken },
            async (file, token) =>
            {
                var presence = await node.CheckAsync(_cids[TreeToUpload.KeyOf(file)], file.Length, token).ConfigureAwait(false);
                call.Meter.Report("verify");
                if (presence == Presence.Present)
                    return;
                Interlocked.Increment(ref count);
                _cids.TryRemove(TreeToUpload.KeyOf(file), out _);
                if (presence == Presence.Missing && _checkpoint is not null)
                    await _checkpoint.ForgetAsync(file, token).ConfigureAwait(false);
            }).ConfigureAwait(false);
        return count;
    }

    private async Task<UploadResult> ConfirmAsync(LinkedTree linked, Presence verified, CancellationToken cancellationToken)
    {
        Dictionary<string, string> profiles = new(StringComparer.Ordinal);
        foreach (var profile in call.Request.Profiles)
        {
            if (call.Tree.PathOf(profile) is not { } path || linked.CidOf(path) is not { } cid)
                continue;
            profiles[profile.Name] = cid;
            if (_checkpoint is not null)
                await _checkpoint.RecordProfileAsync(profile, cid, cancellationToken).ConfigureAwait(false);
        }
        return Result(linked.Root.Cid, profiles, verified == Presence.Present);
    }

    private async Task<UploadResult> SendWholeAsync(NodeAbilities abilities, CancellationToken cancellationToken)
    {
        var whole = new WholeTree(call.Tree);
        call.Meter.Restart(0);
        var cids = await _retry.RunAsync(
            async _ =>
            {
                using var metered = call.Meter.Begin();
                return await node.AddDirectoryAsync(whole.Parts, metered.Sent, cancellationToken).ConfigureAwait(false);
            },
            () => false,
            cancellationToken).ConfigureAwait(false);
        call.Meter.Confirmed(call.Tree.TotalBytes);
        foreach (var file in call.Tree.Files)
        {
            call.Sent[file.RelativePath] = file;
            if (_checkpoint is not null)
                await _checkpoint.RecordFileAsync(file, cids[WholeTree.NameOf(file.RelativePath)].ToString(), cancellationToken).ConfigureAwait(false);
        }
        Dictionary<string, string> profiles = new(StringComparer.Ordinal);
        foreach (var profile in call.Request.Profiles)
        {
            if (call.Tree.PathOf(profile) is { } path && cids.TryGetValue(WholeTree.NameOf(path), out var cid))
                profiles[profile.Name] = cid.ToString();
        }
        var root = cids[WholeTree.Root];
        var verified = abilities.CanLink
            ? await WatchedAsync(node.CheckAsync(root, call.Tree.TotalBytes, cancellationToken)).ConfigureAwait(false)
            : Presence.Unknown;
        if (verified == Presence.Missing)
            throw new KuboException("The node does not hold the tree that it has just confirmed.");
        return Result(root, profiles, verified == Presence.Present) with { SentWhole = true };
    }

    private UploadResult Result(Cid root, Dictionary<string, string> profiles, bool verified) => new(root.ToString())
    {
        ProfileCids = profiles,
        Target = node.Target,
        FilesSent = call.Sent.Count,
        BytesSent = call.Sent.Values.Sum(f => f.Length),
        FilesSkipped = call.Tree.Files.Count - call.Sent.Count,
        BytesSkipped = call.Tree.TotalBytes - call.Sent.Values.Sum(f => f.Length),
        Verified = verified,
        Outcome = call.Request.Session is null ? CacheOutcome.Bypass : call.Sent.IsEmpty ? CacheOutcome.Hit : CacheOutcome.Miss,
    };

    /// <summary>A sign of life now and then while a node checks a large tree: a watchdog may end a job that shows none.</summary>
    private async Task<T> WatchedAsync<T>(Task<T> work)
    {
        while (await Task.WhenAny(work, Task.Delay(TimeSpan.FromSeconds(10), time)).ConfigureAwait(false) != work)
            call.Meter.Report("verify");
        return await work.ConfigureAwait(false);
    }
}
