using SmartCache.Eviction;
using SmartCache.Space;

namespace SmartCache.Maintenance;

/// <summary>How much has to go. A trigger that equals its target would evict at each publish, so both limits have a low-water mark below them.</summary>
internal sealed class SpaceGoal(SpaceShortage shortage, long maxSize)
{
    /// <summary>Down to nine tenths of <c>MaxSize</c>, and up to eleven tenths of <c>MinFreeSpace</c>.</summary>
    private const int Slack = 10;

    private readonly long _softSize = shortage.OverSize > 0 ? shortage.OverSize + (maxSize / Slack) : 0;
    private readonly long _softFree = shortage.UnderFree > 0 ? shortage.UnderFree + (shortage.Floor / Slack) : 0;
    private long _freed;
    private long _freedOnDisk;

    /// <summary>What it is to put an end to.</summary>
    public SpaceShortage Shortage => shortage;

    /// <summary>Whether a limit is still crossed: for that everything may go.</summary>
    public bool IsPressing => _freed < shortage.OverSize || _freedOnDisk < shortage.UnderFree;

    /// <summary>The limit that is still crossed. Not <see cref="Reason"/>, which goes on to the low-water mark of the first before it comes to the second.</summary>
    public CrossedLimit Pressing => _freed < shortage.OverSize ? CrossedLimit.MaxSize : CrossedLimit.MinFreeSpace;

    /// <summary>Whether the low-water marks are not reached yet: for that goes only what no unfinished job needs.</summary>
    public bool IsOpen => _freed < _softSize || _freedOnDisk < _softFree;

    /// <summary>Whether only space on the disk is wanted, so that an entry whose files somebody else links is of no use.</summary>
    public bool WantsOnlyDisk => _freed >= _softSize;

    /// <summary>The setting because of which the next entry goes.</summary>
    public string Reason => WantsOnlyDisk ? "MinFreeSpace" : "MaxSize";

    /// <summary>Whether it matters what an entry frees on the disk.</summary>
    public bool WantsDisk => shortage.UnderFree > 0;

    public bool Allows(ProtectionLevel level) => IsPressing || level == ProtectionLevel.Free;

    public void Freed(long bytes, long onDisk)
    {
        _freed += bytes;
        _freedOnDisk += onDisk;
    }
}
