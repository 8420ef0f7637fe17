namespace SmartCache.Abstractions;

/// <summary>What is known of a video: its hash and facts, or why not.</summary>
internal sealed record LearnedMedia(SourceMedia? Media, Reason Why)
{
    public static LearnedMedia Unknown(Reason why) => new(null, why.Code == CacheReason.None ? CacheReason.HashUnknown : why);
}
