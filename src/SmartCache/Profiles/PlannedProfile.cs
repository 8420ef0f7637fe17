using SmartCache.Storage;

namespace SmartCache.Profiles;

/// <summary>One profile of a job's plan: its key where it could be described, its lease where it is cached.</summary>
internal sealed record PlannedProfile(EncodingProfile Profile, ProfileKey? Key, EntryLease? Lease);
