namespace SmartCache;

/// <summary>What an <see cref="ICacheWarmer"/> may go by.</summary>
public sealed record WarmContext
{
    /// <summary>When the round began.</summary>
    public DateTimeOffset Now { get; init; }

    /// <summary>Bytes that are left of <c>Cache:Warm:MaxBytes</c>; each suggestion with a longer <see cref="DownloadRequest.ExpectedLength"/> is passed over.</summary>
    public long BytesLeft { get; init; }
}
