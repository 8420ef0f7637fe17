namespace SmartCache;

/// <summary>What a full verification found.</summary>
/// <param name="Entries">Entries whose every byte was read.</param>
/// <param name="Bytes">Bytes read.</param>
/// <param name="Quarantined">Entries whose bytes were wrong.</param>
public sealed record VerifyReport(int Entries, long Bytes, int Quarantined);
