namespace SmartCache.Tests.Configuration;

/// <summary>A test that asks systemd; skipped with the reason where it is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SystemdFactAttribute : FactAttribute
{
    public SystemdFactAttribute()
    {
        if (!(Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(static directory => File.Exists(Path.Combine(directory, "systemd-analyze"))))
        {
            Skip = "systemd-analyze is not installed.";
        }
    }
}
