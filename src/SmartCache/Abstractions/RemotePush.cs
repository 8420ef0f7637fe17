namespace SmartCache;

/// <summary>What <see cref="ICacheRemote.PushAsync"/> came to.</summary>
public sealed record RemotePush
{
    /// <summary>Entries that were there already.</summary>
    public int There { get; init; }

    /// <summary>Entries that were sent.</summary>
    public int Sent { get; init; }

    /// <summary>Their bytes.</summary>
    public long SentBytes { get; init; }

    /// <summary>Sources that may not be sent: no encode has proven them yet, or no key leads to them.</summary>
    public int Withheld { get; init; }

    /// <summary>Entries of the host that still wait to be sent.</summary>
    public int Owed { get; init; }
}
