namespace SmartCache.Tool.Views;

/// <summary>What each reason means and what to do, as docs/observability.md has it, but without numbers of log lines: whoever asks here may have no log.</summary>
internal static class ReasonTexts
{
    private const string Nothing = "nothing has to be done";

    private static readonly Dictionary<CacheReason, (string Meaning, string WhatToDo)> _texts = new()
    {
        [CacheReason.None] = ("it was served", Nothing),
        [CacheReason.RefreshAsked] = ("the request asked for Refresh, so nothing was read", "nothing, if the job means it; else ask with CacheUse.Use"),
        [CacheReason.BypassAsked] = ("the request asked for Bypass", "nothing, if the job means it; else ask with CacheUse.Use"),
        [CacheReason.NotCached] = ("nothing of it was on record: the first time, or another process made it and did not store it", "if it was made before, compare the keys and recipes: smartcache ls profiles"),
        [CacheReason.NoLongerCached] = ("it was made before and was not in the cache any more", "where it was evicted: more space, the policy COST, or a longer MaxAge"),
        [CacheReason.TooOld] = ("the fetch is older than MaxSourceAge, or the upload older than TrustUploads and nobody can check it", "give a ContentId; register an IUploadPresence; raise the limit"),
        [CacheReason.NotAccepted] = ("EncodeRecipe.Accept refused what is stored", "nothing, if Accept means it; what is made now replaces it"),
        [CacheReason.Refused] = ("what was made was not fit to be stored: no video, another content, or an encode that is not whole", "look at the origin, or at the encoder; the worker's log says which (101, 102, 104, 201)"),
        [CacheReason.NoRoom] = ("it was not stored for want of space", "raise MaxSize, make space on the disk, or run fewer jobs at a time: smartcache stats"),
        [CacheReason.DurationUnknown] = ("nothing says how long the profile must be, so it is never stored", "register an ISourceProbe, or set EncodeRecipe.ExpectedDuration"),
        [CacheReason.ChangedByWorker] = ("the worker changed the files while they were stored", "have the worker replace files, and not write into them"),
        [CacheReason.DatedAhead] = ("a modification time lies ahead of the clock", "mend the clock, or the downloader that dates its files"),
        [CacheReason.Cancelled] = ("the stage, or its saving, was cancelled", "if a shutdown did it, raise HostOptions.ShutdownTimeout"),
        [CacheReason.Damaged] = ("what was stored was read and proven wrong", "test the disk and the memory; see whether a job writes into its hard-linked file"),
        [CacheReason.OtherContent] = ("another content or recipe lay under its name, or it had not the length that the request expects", "if it comes again, somebody copies entries, or a length is told wrong"),
        [CacheReason.NewerVersion] = ("a newer version of the library wrote it", "finish the upgrade, or the rollback"),
        [CacheReason.BeingRemoved] = ("it was about to go", Nothing),
        [CacheReason.InUse] = ("it was in use where it would have to be read again, or changed while it was read", "if it is often, a job writes into its linked file"),
        [CacheReason.NoAccess] = ("the worker's user may not read the entry, or not write to the layer", "look at users, modes and a file system that is read-only: smartcache doctor, as the worker's user"),
        [CacheReason.Disabled] = ("a file DISABLED switches the cache off", "remove the file DISABLED in the cache's directory"),
        [CacheReason.ForeignDirectory] = ("a directory of the cache is somebody else's, so the whole cache is off", "give the cache an empty directory of its own: smartcache doctor"),
        [CacheReason.Resting] = ("the disk did not answer in time", "look at the disk"),
        [CacheReason.Fault] = ("an operation of the cache failed", "look at the disk and at rights: smartcache doctor; smartcache history export has the failures"),
        [CacheReason.Observing] = ("the layer observes (mode Observe), and would have missed", "set the layer's Mode to On when it is to serve"),
        [CacheReason.WouldHaveHit] = ("the layer observes (mode Observe), and would have hit", "set the layer's Mode to On when it is to serve"),
        [CacheReason.NoKey] = ("the recipe is so odd that it has no key", "mend the encoder's DescribeAsync"),
        [CacheReason.NotDescribed] = ("DescribeAsync threw, or said nothing for 30 s", "mend the encoder's DescribeAsync"),
        [CacheReason.NotCacheable] = ("the recipe is not Cacheable, or names no EncoderVersion", "mend the encoder's DescribeAsync, unless it is meant"),
        [CacheReason.HashUnknown] = ("the content hash of the source was not known: its file was not there, or its hashing was cut off", "look what the download stage gives to the encode stage"),
        [CacheReason.MissingOnTarget] = ("the target said since that it lacks the tree, or a file of it", "look at what the node collects"),
        [CacheReason.TargetDoesNotSay] = ("the upload is older than TrustUploads, and the target did not say whether it still has it", "look at the target; it was sent again"),
        [CacheReason.TreeNotWhole] = ("the tree held links, devices or what a killed encode left, or no file", "keep such things out of the tree"),
    };

    public static string MeaningOf(CacheReason reason) => _texts.GetValueOrDefault(reason).Meaning ?? "this version of the tool does not know the reason";

    public static string WhatToDo(CacheReason reason) => _texts.GetValueOrDefault(reason).WhatToDo ?? "take a newer version of the tool";
}
