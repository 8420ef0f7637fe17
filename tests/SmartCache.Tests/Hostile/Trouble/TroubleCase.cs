namespace SmartCache.Tests.Hostile.Trouble;

/// <summary>One kind of trouble, as a row of the table in docs/reliability.md.</summary>
/// <param name="Name">What is wrong.</param>
/// <param name="Made">How the test makes it so.</param>
/// <param name="Make">Makes it so.</param>
internal sealed record TroubleCase(string Name, string Made, Action<Scene> Make)
{
    /// <summary>The program that makes it; <see langword="null"/> where none is needed, or <c>mount</c> for the right to mount and to be another user.</summary>
    public string? Tool { get; init; }

    /// <summary>How much the cache saves, and what it says, depends on how far its background was when the trouble came. What a job sees does not.</summary>
    public bool Varies { get; init; }

    public override string ToString() => Name;
}
