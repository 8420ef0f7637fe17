namespace SmartCache.Tests.Support;

/// <summary>A test that mounts a file system; skipped with the reason where that is not possible.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class MountFactAttribute : FactAttribute
{
    public MountFactAttribute(string tool = "mount")
    {
        Skip = Mount.WhyNot(tool);
    }
}
