namespace SmartCache.Tool.Removal;

/// <summary>What the next requests do after something was taken away by hand.</summary>
internal static class RemovalTexts
{
    private const string Uploads = "What upload targets confirmed stays on record: files that come out the same are not sent again.";

    public static string AfterRemoval(RemovalPlan plan)
    {
        var hasSources = plan.Keys.Count > 0 || plan.Entries.Any(static entry => entry.Kind == EntryKind.Source);
        var hasProfiles = plan.Entries.Any(static entry => entry.Kind == EntryKind.Profile);
        return (hasSources, hasProfiles) switch
        {
            (true, true) => $"The next request downloads and encodes it again, and stores it again. {Uploads}",
            (true, false) => $"The next request downloads it again, and stores it again. Profiles that are there are hits all the same.",
            _ => $"The next request encodes it again, and stores it again. {Uploads}",
        };
    }

    /// <summary>What becomes of it in the bucket that hosts share.</summary>
    public static string InPool(RemovalPlan plan) => plan.ReachesPool
        ? " The bucket of the pool loses the source too, with every profile that any host made of it."
        : " The bucket of the pool keeps what it has of it, and the next request may be given that: smartcache remote rm --source takes a source with its profiles from there.";

    public static string AfterRejection(int profiles) =>
        "The next request downloads it again. Where the same bytes come, they are stored, and a failing encode leaves them there for an hour, so that not every retry downloads them."
        + (profiles > 0 ? $" Its {profiles} profiles stay, and are hits for the same bytes: smartcache rm takes them too." : "");

    public static string AfterClearing(string? layer) => layer switch
    {
        "uploads" => "The next attempt of a job counts as its first, and its entries are protected no more until then. " + Uploads,
        "sources" => "The next requests download again. Profiles that are there are hits all the same.",
        "profiles" => $"The next requests encode again. {Uploads}",
        _ => $"The next requests download and encode again. States of uploads stay. {Uploads}",
    };
}
