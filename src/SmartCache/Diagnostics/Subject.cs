namespace SmartCache.Diagnostics;

/// <summary>
/// What the work at hand is for: a job, a profile, a key. Set by the decorators and the stores' entry points; it goes along with everything that they await or start,
/// also into saves in the background, and <see cref="SubjectLogger"/> puts it into each line. Nobody in between passes it on, and a new line cannot forget it.
/// An asynchronous method that sets it leaves its caller's as it was.
/// </summary>
/// <param name="Job">The job, if it is known.</param>
/// <param name="Profile">The profile's name, where the work is about one.</param>
/// <param name="Key">The key, once it is known: of a source or a profile, the hash of a tree.</param>
internal sealed record Subject(string? Job, string? Profile = null, string? Key = null)
{
    private static readonly AsyncLocal<Subject?> Flow = new();

    /// <summary>Of this flow; <see langword="null"/> for what serves no job, as clean-ups do.</summary>
    public static Subject? Current
    {
        get => Flow.Value;
        set => Flow.Value = value;
    }

    public static Subject Of(EncodeRequest request, string? key = null) => new(request.JobId, request.Profile?.Name, key);

    /// <summary>Begins work on a key for whatever job this flow belongs to: of the stores that are used by themselves.</summary>
    public static void SetKey(string key, string? profile = null) => Current = new Subject(Current?.Job, profile ?? Current?.Profile, key);
}
