namespace SmartCache.Tool.Views;

/// <summary>What the next request for a key would come to.</summary>
internal sealed record WhyLookUpView
{
    public required bool WouldHit { get; init; }

    public required CacheReason Reason { get; init; }

    public required string Meaning { get; init; }

    public required string WhatToDo { get; init; }

    public static WhyLookUpView Of(InspectedLookUp lookUp) => new()
    {
        WouldHit = lookUp.IsHit,
        Reason = lookUp.Reason,
        Meaning = lookUp.IsOff ? "settings switch the cache or the layer off, so that nothing is looked up" : lookUp.IsHit ? "it would be served" : ReasonTexts.MeaningOf(lookUp.Reason),
        WhatToDo = lookUp.IsOff ? "set Enabled, and the layer's Mode, when it is to serve" : ReasonTexts.WhatToDo(lookUp.Reason),
    };
}
