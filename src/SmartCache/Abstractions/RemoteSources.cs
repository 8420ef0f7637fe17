namespace SmartCache;

/// <summary>Which sources are sent to the remote store.</summary>
public enum RemoteSources
{
    /// <summary>Those that an encode of full duration came out of: no other host is ever given a gateway's error page.</summary>
    Proven,

    /// <summary>Each one as soon as it is stored here, so that a host that dies before its first profile leaves its download to the others.</summary>
    All,

    /// <summary>None, and none is looked for.</summary>
    Off,
}
