using System.Diagnostics;
using System.Globalization;

namespace SmartCache.Pool;

/// <summary>The object gateway of the Ceph that <c>tests/ceph/up.sh</c> started, which is killed and stopped here.</summary>
/// <param name="directory">The script's directory.</param>
internal sealed class Gateway(string directory)
{
    public void Stop() => Signal("-STOP");

    public void GoOn() => Signal("-CONT");

    public void Kill() => Signal("-KILL");

    /// <summary>Starts it again. Its id goes where the script keeps those that it ends.</summary>
    public void Start() => Run("bash", "-c", "cd \"$0\"; radosgw -c ceph.conf -f -n client.rgw.a >>log/rgw.out 2>&1 & echo $! > \"$0/rgw.pid\"; echo $! >> \"$0/pids\"", directory);

    private void Signal(string signal) => Run("kill", signal, int.Parse(File.ReadAllText(Path.Combine(directory, "rgw.pid")), CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture));

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
    }
}
