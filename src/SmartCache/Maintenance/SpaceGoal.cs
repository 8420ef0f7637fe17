using SmartCache.Eviction;
using SmartCache.Space;

namespace SmartCache.Maintenance;

/// <summary>How much has to go. A trigger that equals its target would evict at each publish, so both limits have a low-water mark below them.</summary>
/// <param name="shortage">What is lacking.</param>
/// <param name="maxSize">The limit.</param>
/// <param name="isSpeculative">Whether it is for something that no job has asked for: then there is no low-water mark, and only free entries go.</param>
internal sealed class SpaceGoal(SpaceShortage shortage, long maxSize, bool isSpeculative = false)
{
    private readonly long _softSize = shortage.OverSize > 0 ? shortage.OverSize + (isSpeculative ? 0 : maxSize / SpaceShortage.Slack) : 0;
    private readonly long _softFree = shortage.UnderFree > 0 ? shortage.UnderFree + (isSpeculative ? 0 : shortage.Floor / SpaceShortage.Slack) : 0;
    private readonly long _softInodes = shortage.UnderInodes > 0 ? shortage.UnderInodes + (isSpeculative ? 0 : shortage.InodeFloor / SpaceShortage.Slack) : 0;
    private long _freed;
    private DiskGain _onDisk;

    /// <summary>What it is to put an end to.</summary>
    public SpaceShortage Shortage => shortage;

    public bool IsSpeculative => isSpeculative;

    /// <summary>Whether a limit is still crossed: for that everything may go.</summary>
    public bool IsPressing => _freed < shortage.OverSize || _onDisk.Bytes < shortage.UnderFree || _onDisk.Inodes < shortage.UnderInodes;

    /// <summary>The limit that is still crossed. Not <see cref="Reason"/>, which goes on to the low-water mark of the first before it comes to the next.</summary>
    public CrossedLimit Pressing => _freed < shortage.OverSize ? CrossedLimit.MaxSize : _onDisk.Bytes < shortage.UnderFree ? CrossedLimit.MinFreeSpace : CrossedLimit.MinFreeInodes;

    /// <summary>Whether the low-water marks are not reached yet: for that goes only what no unfinished job needs.</summary>
    public bool IsOpen => _freed < _softSize || LacksBytes || LacksInodes;

    /// <summary>Whether only room on the disk is wanted, so that an entry whose files somebody else links is of no use.</summary>
    public bool WantsOnlyDisk => _freed >= _softSize;

    /// <summary>The setting because of which the next entry goes.</summary>
    public string Reason => (WantsOnlyDisk ? LacksBytes ? CrossedLimit.MinFreeSpace : CrossedLimit.MinFreeInodes : CrossedLimit.MaxSize).ToString();

    /// <summary>Whether it matters what an entry frees on the disk.</summary>
    public bool WantsDisk => shortage.IsOfTheDisk;

    private bool LacksBytes => _onDisk.Bytes < _softFree;

    private bool LacksInodes => _onDisk.Inodes < _softInodes;

    public bool Allows(ProtectionLevel level) => (IsPressing && !isSpeculative) || level == ProtectionLevel.Free;

    /// <summary>Whether an entry that frees this on the disk brings the goal nearer.</summary>
    public bool IsServedBy(DiskGain gain) => !WantsOnlyDisk || (LacksBytes && gain.Bytes > 0) || (LacksInodes && gain.Inodes > 0);

    public void Freed(long bytes, DiskGain onDisk)
    {
        _freed += bytes;
        _onDisk = new DiskGain(_onDisk.Bytes + onDisk.Bytes, _onDisk.Inodes + onDisk.Inodes);
    }
}
