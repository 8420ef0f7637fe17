namespace SmartCache;

/// <summary>
/// Why a stage was not served from the cache: in its line of the log, as the tag <c>reason</c> of <c>smartcache.requests</c>, and on its activity.
/// </summary>
/// <remarks>The text beside it in the log is for people and may change; a value keeps its meaning. What to do about each stands in docs/observability.md.</remarks>
public enum CacheReason
{
    /// <summary>It was served.</summary>
    None,

    /// <summary>The request asked for <see cref="CacheUse.Refresh"/>: nothing is read, what is made replaces what is stored.</summary>
    RefreshAsked,

    /// <summary>The request asked for <see cref="CacheUse.Bypass"/>.</summary>
    BypassAsked,

    /// <summary>Nothing of it is on record: this is the first time, or what is known of an earlier one has expired.</summary>
    NotCached,

    /// <summary>It was made before and is not in the cache: it was evicted, has expired, was removed, or another process could not store it.</summary>
    NoLongerCached,

    /// <summary>What is on record is too old to be relied on: a fetch older than <c>MaxSourceAge</c>, an upload older than <c>TrustUploads</c> that nobody can check.</summary>
    TooOld,

    /// <summary><see cref="EncodeRecipe.Accept"/> refused what is stored; what is made now replaces it.</summary>
    NotAccepted,

    /// <summary>It was made before, and not stored because it was not fit: no video, another content than its id names, an encode that is not whole.</summary>
    Refused,

    /// <summary>It was made before, and not stored for want of space: it alone is more than <c>MaxSize</c>, what would have to go is needed more, or the disk is full.</summary>
    NoRoom,

    /// <summary>Nothing says how long the profile must be, so that none is ever stored: neither its recipe nor an <see cref="ISourceProbe"/>.</summary>
    DurationUnknown,

    /// <summary>It was made before, and not stored because the worker changed its files while they were being hashed or stored.</summary>
    ChangedByWorker,

    /// <summary>It was made before, and not stored because a modification time lies ahead of the clock.</summary>
    DatedAhead,

    /// <summary>It was made before, and not stored because its stage, or its saving, was cancelled.</summary>
    Cancelled,

    /// <summary>What is stored was read and proven wrong; it is in quarantine.</summary>
    Damaged,

    /// <summary>Another content or recipe lies under its name: a copied or colliding entry, or one that has not <see cref="DownloadRequest.ExpectedLength"/>.</summary>
    OtherContent,

    /// <summary>It was written by a newer version of the library.</summary>
    NewerVersion,

    /// <summary>It is about to be removed.</summary>
    BeingRemoved,

    /// <summary>It is in use where it would have to be read again, or changed while it was read: nothing is proven.</summary>
    InUse,

    /// <summary>The process's user may not read or write what it would have to: an entry, or the directory of the layer.</summary>
    NoAccess,

    /// <summary>A file <c>DISABLED</c> switches the cache off.</summary>
    Disabled,

    /// <summary>A directory that the cache was given is somebody else's; the whole cache is off.</summary>
    ForeignDirectory,

    /// <summary>The disk did not answer in time, or the layer rests because it did not several times.</summary>
    Resting,

    /// <summary>An operation of the cache failed in another way.</summary>
    Fault,

    /// <summary>The layer observes, and would have missed too; of an upload, what it would have skipped is told beside it.</summary>
    Observing,

    /// <summary>The layer observes, and would have hit.</summary>
    WouldHaveHit,

    /// <summary>The recipe is so odd that it has no key.</summary>
    NoKey,

    /// <summary><see cref="IProfileEncoder.DescribeAsync"/> threw, or said nothing in time.</summary>
    NotDescribed,

    /// <summary>The recipe is not <see cref="EncodeRecipe.Cacheable"/>, or names no <see cref="EncodeRecipe.EncoderVersion"/>.</summary>
    NotCacheable,

    /// <summary>The content hash of the source is not known: its file is not there, or its hashing was cut off.</summary>
    HashUnknown,

    /// <summary>The tree was uploaded before, and the target said since that it, or a file of it, is missing.</summary>
    MissingOnTarget,

    /// <summary>The tree was uploaded longer ago than <c>TrustUploads</c>, and the target does not say whether it still has it.</summary>
    TargetDoesNotSay,

    /// <summary>The tree holds links, devices or what a killed encode left, or no file at all: such a tree is never skipped as a whole.</summary>
    TreeNotWhole,
}
