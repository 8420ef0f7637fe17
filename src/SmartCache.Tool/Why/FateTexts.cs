using SmartCache.Tool.Views;

namespace SmartCache.Tool.Why;

/// <summary>What each end of a key means and what to do.</summary>
internal static class FateTexts
{
    public static (string Meaning, string WhatToDo) Of(Fate fate, string? limit, CacheReason? reason) => fate switch
    {
        Fate.Present => ("it is there", "nothing; if a request for it missed all the same, the last one says why"),
        Fate.BeingRemoved => ("it is about to go: every look-up is a miss, and its last lease takes it away", "nothing; it is made anew"),
        Fate.Damaged => ("it is there, but its manifest is damaged or missing", "nothing; the next look-up or clean-up puts it into quarantine. If it comes again, test the disk"),
        Fate.NewerVersion => ("a newer version of the library wrote it", "finish the upgrade, or the rollback"),
        Fate.Unreadable => ("it is there, and this user may not read it, or the disk does not give it", "smartcache doctor, as the worker's user"),
        Fate.Quarantined => ("it was read and proven wrong, and taken out", "test the disk and the memory; see whether a job writes into its hard-linked file"),
        Fate.Evicted => (limit is null ? "it was evicted" : $"it was evicted for {limit}", OfLimit(limit)),
        Fate.Expired => ("it expired: nobody had used it for MaxAge", "raise MaxAge, if retries come later than that"),
        Fate.Rejected => ("it was rejected: the worker or an operator called the source bad, or an encode of it failed before one had proven it", "look at the origin and at the encoder"),
        Fate.Removed => ("it was removed: the worker or an operator asked for it, a new one took its place, or the disk did not give it", "nothing, if somebody meant it; the next request makes it again"),
        Fate.Refused => ($"it was made and not stored: {ReasonTexts.MeaningOf(reason ?? CacheReason.Refused)}", ReasonTexts.WhatToDo(reason ?? CacheReason.Refused)),
        Fate.Gone => ("it was stored, and is not there; the history does not say where it went", "was something deleted by hand, or the directory replaced? Else look whether the history is kept whole"),
        Fate.Upload => ("an upload is no entry; it is on record by its content, and the last request says how it went", "smartcache job ID shows how far it is"),
        Fate.NeverStored => ("it was asked for and never stored, as far as the history reaches", "the last request says why"),
        _ => ("nothing is known of it: neither the cache nor its history has it", "check the key, and how far the history reaches: smartcache stats"),
    };

    private static string OfLimit(string? limit) => limit switch
    {
        "MaxSize" => "raise MaxSize, or take the policy COST; smartcache stats shows what was made again",
        "MinFreeSpace" => "make space on the disk, or lower MinFreeSpace",
        "MinFreeInodes" => "delete files on the disk, or make the file system with more inodes",
        _ => "more space, or the policy COST",
    };
}
