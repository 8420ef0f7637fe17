namespace SmartCache.Tests.Remote;

/// <summary>Runs where Ceph's object gateway is installed: <c>apt-get install --no-install-recommends ceph-mon ceph-mgr ceph-osd radosgw ceph-common</c>.</summary>
internal sealed class CephFactAttribute : FactAttribute
{
    public CephFactAttribute() => Skip = CephNode.WhyNot;
}
