namespace SmartCache.Tests.Stages;

/// <summary>A test that needs a small file system of its own. Skipped, with the reason, where mounting is not allowed.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class TmpfsFactAttribute : FactAttribute
{
    private static readonly string? s_reason = Try();

    public TmpfsFactAttribute() => Skip = s_reason;

    private static string? Try()
    {
        if (!OperatingSystem.IsLinux())
            return "tmpfs is Linux's.";
        using var scratch = new ScratchDirectory();
        try
        {
            using var mount = new TmpfsMount(scratch.Root, "1m");
            return null;
        }
        catch (Exception exception) when (exception is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return "Mounting a tmpfs is not allowed here: " + exception.Message;
        }
    }
}
