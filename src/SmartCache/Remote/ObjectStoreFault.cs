namespace SmartCache;

/// <summary>What kind of failure an object store met.</summary>
public enum ObjectStoreFault
{
    /// <summary>It cannot be reached, or does not answer: it may be well again in a moment.</summary>
    Unavailable,

    /// <summary>It asks to be left alone for a while.</summary>
    Throttled,

    /// <summary>It, or its quota, is full.</summary>
    Full,

    /// <summary>The credentials are not accepted, or do not allow this.</summary>
    Denied,

    /// <summary>It is set up so that this can never work: no such bucket, a clock that is wrong.</summary>
    Misconfigured,

    /// <summary>It answered something that is no answer.</summary>
    Protocol,

    /// <summary>It is there and answered that it failed, as engines do where two requests meet: the next one may be served. Several in a row are a store that fails.</summary>
    ServerError,
}
