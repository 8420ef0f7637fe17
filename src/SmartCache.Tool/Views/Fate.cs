namespace SmartCache.Tool.Views;

/// <summary>What became of a key. The names stand in JSON, and stay.</summary>
internal enum Fate
{
    Present,
    BeingRemoved,
    Damaged,
    NewerVersion,
    Unreadable,
    Quarantined,
    Evicted,
    Expired,
    Rejected,
    Removed,
    Refused,
    Gone,
    Upload,
    NeverStored,
    Unknown,
}
