namespace SmartCache.Stages.Kubo;

/// <summary>A node of a DAG as its parent links it.</summary>
/// <param name="Cid">Its CID.</param>
/// <param name="Size">Bytes of all blocks below and with it, which is part of the parent's bytes and so of its CID.</param>
internal sealed record DagLink(Cid Cid, long Size);
