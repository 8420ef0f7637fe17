namespace SmartCache.Maintenance;

/// <summary>What a count found.</summary>
/// <param name="Entries">By layer; <see langword="null"/> where it could not be listed.</param>
/// <param name="NeededBytes">What unfinished jobs need of them; <see langword="null"/> where the jobs could not be read.</param>
/// <param name="LargestJob">What the job of these takes that needs most.</param>
/// <param name="FreeBytes">What no unfinished job needs.</param>
internal sealed record CountedEntries(IReadOnlyList<int?> Entries, long? NeededBytes, long LargestJob, long FreeBytes);
