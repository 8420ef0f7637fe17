namespace SmartCache.Tests.Support;

/// <summary>A theory that mounts a file system; skipped with the reason where that is not possible.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class MountTheoryAttribute : TheoryAttribute
{
    public MountTheoryAttribute(string tool = "mount")
    {
        Skip = Mount.WhyNot(tool);
    }
}
