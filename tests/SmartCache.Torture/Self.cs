using System.Diagnostics;

namespace SmartCache.Torture;

/// <summary>This program, to be started again with another verb.</summary>
internal static class Self
{
    /// <summary>As a child of a shell that waits for it.</summary>
    public static ProcessStartInfo GrandchildStartInfo(params string[] arguments)
    {
        var own = StartInfo(arguments);
        return new ProcessStartInfo("/bin/sh", ["-c", "\"$@\"; exit $?", "sh", own.FileName, .. own.ArgumentList]);
    }

    public static ProcessStartInfo StartInfo(params string[] arguments)
    {
        // Under "dotnet X.dll" the process is dotnet, and under an executable of its own it is that.
        var program = Environment.ProcessPath!;
        var start = new ProcessStartInfo(program);
        if (Path.GetFileNameWithoutExtension(program) == "dotnet")
        {
            start.ArgumentList.Add(typeof(Self).Assembly.Location);
        }

        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        return start;
    }
}
