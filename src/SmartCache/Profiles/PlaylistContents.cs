namespace SmartCache.Profiles;

/// <summary>What a playlist reaches.</summary>
/// <param name="Files">Every file, the playlist itself too, relative to the directory, in ordinal order.</param>
/// <param name="Duration">The sum of its segments' durations; of the longest one for a playlist of playlists.</param>
internal sealed record PlaylistContents(IReadOnlyList<string> Files, TimeSpan Duration);
