namespace SmartCache.Eviction;

/// <summary>A candidate's place in the order: first by protection, then by the policy's rank, then by last access.</summary>
internal readonly record struct Victim(ProtectionLevel Level, double Rank, DateTimeOffset LastAccess, int Index)
{
    /// <summary>Whether a job that nobody has reported as ended had asked for it: free where silence means the end, and nothing goes of it for what nobody has asked for.</summary>
    public bool IsSilent { get; init; }

    public bool GoesBefore(in Victim other)
    {
        if (Level != other.Level)
            return Level < other.Level;
        // CompareTo puts NaN below every number.
        var byRank = Rank.CompareTo(other.Rank);
        if (byRank != 0)
            return byRank < 0;
        return LastAccess != other.LastAccess ? LastAccess < other.LastAccess : Index < other.Index;
    }
}
