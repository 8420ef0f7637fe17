namespace SmartCache.Abstractions;

/// <summary>Why something was not served or not stored: the code decides and is counted, the text is for people only.</summary>
/// <param name="Code">The code.</param>
/// <param name="Text">What the log says beside it; empty where there is nothing to say.</param>
internal readonly record struct Reason(CacheReason Code, string Text = "")
{
    /// <summary>A code with the words that it has by itself.</summary>
    public static implicit operator Reason(CacheReason code) => new(code, TextOf(code));

    /// <summary>The same, with words before its text.</summary>
    public Reason Behind(string words) => this with { Text = $"{words}: {Text}" };

    private static string TextOf(CacheReason code) => code switch
    {
        CacheReason.RefreshAsked => "refresh asked for",
        CacheReason.BypassAsked => "bypass asked for",
        CacheReason.NotCached => "nothing of it is on record",
        CacheReason.NoLongerCached => "made before, and not in the cache",
        CacheReason.NotAccepted => "the stored result was not accepted",
        CacheReason.DurationUnknown => "nothing says how long it must be, so it is never stored",
        CacheReason.ChangedByWorker => "the worker changed it while it was being stored",
        CacheReason.DatedAhead => "its modification time lies ahead of the clock",
        CacheReason.Cancelled => "it was cancelled",
        CacheReason.NewerVersion => "written by a newer version",
        CacheReason.BeingRemoved => "being removed",
        CacheReason.Disabled => "disabled by file",
        CacheReason.ForeignDirectory => "a directory of the cache is somebody else's",
        CacheReason.Resting => "resting after time-outs",
        CacheReason.Observing => "observing: would have missed",
        CacheReason.WouldHaveHit => "observing: would have hit",
        CacheReason.NoKey => "the recipe has no key",
        CacheReason.NotDescribed => "not described",
        CacheReason.HashUnknown => "the source's hash is not known",
        CacheReason.MissingOnTarget => "uploaded before, and missing there since",
        CacheReason.TargetDoesNotSay => "uploaded before, and the target does not say whether it still has it",
        CacheReason.TreeNotWhole => "it holds links or leftovers, or no file",
        _ => "",
    };
}
