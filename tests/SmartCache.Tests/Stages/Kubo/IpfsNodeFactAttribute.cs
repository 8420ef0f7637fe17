namespace SmartCache.Tests.Stages.Kubo;

/// <summary>A test that needs the real node; skipped with the reason where <c>tests/ipfs-node/install.sh</c> has not run.</summary>
public sealed class IpfsNodeFactAttribute : FactAttribute
{
    public IpfsNodeFactAttribute() => Skip = IpfsNode.MissingBecause;
}
