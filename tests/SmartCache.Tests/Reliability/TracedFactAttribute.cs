using SmartCache.Torture.Tracing;

namespace SmartCache.Tests.Reliability;

/// <summary>A test that stops a process at its system calls; skipped with the reason where that is not possible.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class TracedFactAttribute : FactAttribute
{
    public TracedFactAttribute()
    {
        Skip = Tracer.WhyNot;
    }
}
