namespace SmartCache.Tests.Support;

/// <summary>A test with a C library of its own; skipped with the reason where none can be compiled.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class OldLibraryFactAttribute : FactAttribute
{
    public OldLibraryFactAttribute()
    {
        Skip = OldLibrary.WhyNot;
    }
}
