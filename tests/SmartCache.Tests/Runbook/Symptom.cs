namespace SmartCache.Tests.Runbook;

/// <summary>What somebody notices at night, and how it is made to happen.</summary>
/// <param name="Name">As the markers of docs/troubleshooting.md have it.</param>
/// <param name="Cause">What the first command of the page must say.</param>
/// <param name="HappenAsync">Makes it happen, and types the page's commands.</param>
internal sealed record Symptom(string Name, string[] Cause, Func<Task<Night>> HappenAsync)
{
    /// <summary>Whether it takes a file system of its own.</summary>
    public bool NeedsDisk { get; init; }
}
