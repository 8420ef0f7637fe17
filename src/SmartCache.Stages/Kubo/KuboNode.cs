namespace SmartCache.Stages.Kubo;

/// <summary>What the uploader says to one node, and how its answers are read.</summary>
internal sealed class KuboNode(KuboEndpoint endpoint, KuboRpc rpc, ImportParameters import, bool requireExpected)
{
    private static readonly Cid _emptyDirectory = Cid.Of(1, Cid.DagPbCodec, DagPb.Digest(DagPb.Directory([]), sha512: false));
    private NodeAbilities? _abilities;

    public UploadTarget Target { get; } = new(endpoint.Id, import.Canonical)
    {
        Endpoint = new UriBuilder(endpoint.Url) { UserName = "", Password = "", Query = "", Fragment = "" }.Uri,
    };

    /// <summary>Adds one file, without pinning it: the root's pin covers it, and single pins would outlive the video.</summary>
    /// <returns>The CID, normalised.</returns>
    public async Task<Cid> AddAsync(UploadPart part, Action<long> sent, CancellationToken cancellationToken)
    {
        var lines = await rpc.PostAsync($"add?{import.Query}&pin=false", new RpcBody(part) { Import = import, Sent = sent }, KuboJson.Default.AddLine, 1, cancellationToken).ConfigureAwait(false);
        if (lines.Count != 1)
            throw new KuboException("The node's add ended without an answer for the file.");
        return Check(part, lines[0]);
    }

    /// <summary>Adds a whole directory in one request and pins it.</summary>
    /// <param name="parts">The root directory first, every directory before what it holds.</param>
    /// <param name="sent">Called with the bytes as they go out.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The CID of each part, by name.</returns>
    public async Task<Dictionary<string, Cid>> AddDirectoryAsync(IReadOnlyList<UploadPart> parts, Action<long> sent, CancellationToken cancellationToken)
    {
        var lines = await rpc.PostAsync($"add?{import.Query}&pin=true", new RpcBody(parts) { Import = import, Sent = sent }, KuboJson.Default.AddLine, parts.Count, cancellationToken).ConfigureAwait(false);
        var asked = parts.ToDictionary(p => p.Name, StringComparer.Ordinal);
        Dictionary<string, Cid> cids = new(StringComparer.Ordinal);
        foreach (var line in lines)
        {
            if (line.Name is null || !asked.TryGetValue(line.Name, out var part) || !cids.TryAdd(line.Name, Check(part, line)))
                throw new KuboException("The node's add answered for something that was not sent.");
        }
        if (cids.Count != parts.Count)
            throw new KuboException($"The node's add answered for {cids.Count} of {parts.Count} files and directories.");
        return cids;
    }

    /// <summary>
    /// Gives the node directories and pins the root. A Kubo pins offline and refuses where a block is missing, so that success
    /// also proves that all is there.
    /// </summary>
    /// <returns>What the node said against it; <see langword="null"/> = it is pinned.</returns>
    public async Task<string?> LinkAsync(Cid root, IEnumerable<(Cid Cid, byte[] Block)> blocks, long weight, CancellationToken cancellationToken)
    {
        var car = CarArchive.Write(root, blocks);
        UploadPart part = new("tree.car", UploadPart.FileType, car.Length) { Bytes = car };
        var lines = await rpc.PostAsync("dag/import?pin-roots=true", new RpcBody(part) { Weight = weight }, KuboJson.Default.ImportLine, 8, cancellationToken).ConfigureAwait(false);
        foreach (var line in lines)
        {
            if (line.Root is { } answer && Cid.TryParse(answer.Cid?.Value, out var cid) && cid.Digest.SequenceEqual(root.Digest))
                return string.IsNullOrEmpty(answer.PinErrorMsg) ? null : answer.PinErrorMsg;
        }
        throw new KuboException("The node's dag/import did not say what became of the root.");
    }

    /// <summary>Finds out once what the node offers, with an empty directory that every node has anyway.</summary>
    public async Task<NodeAbilities> AbilitiesAsync(CancellationToken cancellationToken)
    {
        if (_abilities is { } known)
            return known;
        try
        {
            var car = CarArchive.Write(_emptyDirectory, [(_emptyDirectory, DagPb.Directory([]))]);
            UploadPart part = new("empty.car", UploadPart.FileType, car.Length) { Bytes = car };
            await rpc.PostAsync("dag/import?pin-roots=false", new RpcBody(part), KuboJson.Default.ImportLine, 8, cancellationToken).ConfigureAwait(false);
        }
        catch (KuboException exception) when (exception.IsNotOffered)
        {
            return _abilities = new NodeAbilities(CanLink: false, KnowsLocality: false);
        }
        var knowsLocality = false;
        try
        {
            knowsLocality = (await StatAsync(_emptyDirectory, 0, cancellationToken).ConfigureAwait(false)).WithLocality == true;
        }
        catch (KuboException exception) when (exception.IsNotOffered)
        {
        }
        return _abilities = new NodeAbilities(CanLink: true, knowsLocality);
    }

    /// <summary>Bytes of the whole DAG below a CID, for a layout that only the node knows.</summary>
    public async Task<long> SizeAsync(Cid cid, CancellationToken cancellationToken) =>
        (await StatAsync(cid, 0, cancellationToken).ConfigureAwait(false)).CumulativeSize is { } size and >= 0
            ? size
            : throw new KuboException("The node's files/stat did not say a size.");

    /// <summary>Whether the node holds a CID with everything below it. Only its own plain words count as present or missing.</summary>
    public async Task<Presence> CheckAsync(Cid cid, long weight, CancellationToken cancellationToken)
    {
        try
        {
            var abilities = await AbilitiesAsync(cancellationToken).ConfigureAwait(false);
            if (abilities.KnowsLocality)
            {
                var stat = await StatAsync(cid, weight, cancellationToken).ConfigureAwait(false);
                return !Cid.TryParse(stat.Hash, out var answered) || !answered.Digest.SequenceEqual(cid.Digest) || stat.WithLocality != true ? Presence.Unknown
                    : stat.Local == true ? Presence.Present
                    : stat.Local == false ? Presence.Missing
                    : Presence.Unknown;
            }
            if (!abilities.CanLink)
                return Presence.Unknown;
            // js-ipfs knows no locality and waits for ever for a block it lacks. A CAR that names a root without bringing it
            // is answered at once: it has it and everything below, or it says so. It pins what it has, as its add does anyway.
            var refusal = await LinkAsync(cid, [], weight, cancellationToken).ConfigureAwait(false);
            return refusal is null ? Presence.Present : SaysMissing(refusal) ? Presence.Missing : Presence.Unknown;
        }
        catch (KuboException exception)
        {
            return exception.NodeMessage is { } message && SaysMissing(message) ? Presence.Missing : Presence.Unknown;
        }
    }

    /// <summary>The words in which nodes say, of their own store, that a block is not in it.</summary>
    private static bool SaysMissing(string message) =>
        message.Contains("block was not found locally", StringComparison.OrdinalIgnoreCase)
        || message.Contains("ipld: could not find", StringComparison.OrdinalIgnoreCase)
        || message.Contains("merkledag: not found", StringComparison.OrdinalIgnoreCase)
        || message.Contains("blockstore: block not found", StringComparison.OrdinalIgnoreCase);

    private async Task<KuboReply.StatReply> StatAsync(Cid cid, long weight, CancellationToken cancellationToken)
    {
        var lines = await rpc.PostAsync($"files/stat?arg=/ipfs/{cid}&with-local=true&offline=true", new RpcBody() { Weight = weight }, KuboJson.Default.StatReply, 1, cancellationToken).ConfigureAwait(false);
        return lines.Count == 1 ? lines[0] : throw new KuboException("The node's files/stat gave no answer.");
    }

    private Cid Check(UploadPart part, KuboReply.AddLine line)
    {
        if (!string.Equals(line.Name, part.Name, StringComparison.Ordinal))
            throw new KuboException("The node's add answered for another file than the one that was sent.");
        if (!Cid.TryParse(line.Hash, out var cid))
            throw new KuboException("The node's add answered without a valid CID.");
        if (import.CidVersion == 1)
            cid = cid.ToVersion1();
        var isFile = part.ContentType == UploadPart.FileType;
        if (cid.IsEmpty && (!isFile || part.Length > 0))
            throw new KuboException("The node's add answered with the CID of something empty.");
        if (isFile && requireExpected && part.Expected is { } expected && !expected.Cid.Equals(cid))
            throw new KuboException("The node's add answered with a CID that is not that of the bytes sent.");
        return cid;
    }
}
