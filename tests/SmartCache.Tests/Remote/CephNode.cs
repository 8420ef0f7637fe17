using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Amazon.Runtime;
using Amazon.S3;
using SmartCache.S3;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Remote;

/// <summary>One Ceph node with an object gateway on loopback, in memory, started for these tests and ended with them.</summary>
public sealed class CephNode : IAsyncLifetime
{
    public const string AccessKey = "smartaccess";
    public const string SecretKey = "smartsecret";
    private static readonly string[] _programs = ["ceph-mon", "ceph-mgr", "ceph-osd", "radosgw", "radosgw-admin", "ceph", "monmaptool", "ceph-authtool", "curl", "bash"];

    private readonly string _directory = Directory.CreateTempSubdirectory("smartcache-ceph-").FullName;

    public static string? WhyNot { get; } = Array.Find(_programs, static program => !IsInstalled(program)) is { } missing ? $"{missing} is not installed" : null;

    public string Endpoint { get; private set; } = "";

    public int GatewayProcess => int.Parse(File.ReadAllText(Path.Combine(_directory, "rgw.pid")), CultureInfo.InvariantCulture);

    public async Task InitializeAsync()
    {
        if (WhyNot is not null)
        {
            return;
        }

        var port = FreePorts();
        using var up = Process.Start(new ProcessStartInfo("bash", [Path.Combine(Snapshot.Repository, "tests", "ceph", "up.sh"), _directory, port.ToString(CultureInfo.InvariantCulture)])
        {
            Environment = { ["MEMSTORE"] = "2147483648" }, RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        var said = up.StandardOutput.ReadToEndAsync();
        var errors = up.StandardError.ReadToEndAsync();
        await up.WaitForExitAsync().Guarded();
        up.ExitCode.Should().Be(0, "{0}{1}", await said, await errors);
        Endpoint = $"http://127.0.0.1:{port + 5}";
    }

    /// <summary>A bucket of its own.</summary>
    public async Task<S3RemoteOptions> BucketAsync()
    {
        var name = "b" + Guid.NewGuid().ToString("N")[..12];
        using var client = new AmazonS3Client(new BasicAWSCredentials(AccessKey, SecretKey), new AmazonS3Config { ServiceURL = Endpoint, ForcePathStyle = true, AuthenticationRegion = "us-east-1" });
        await client.PutBucketAsync(name);
        return new S3RemoteOptions { Endpoint = Endpoint, Bucket = name, AccessKey = AccessKey, SecretKey = SecretKey };
    }

    public void Signal(string signal)
    {
        using var kill = Process.Start("kill", [signal, GatewayProcess.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    public Task DisposeAsync()
    {
        var pids = Path.Combine(_directory, "pids");
        if (File.Exists(pids))
        {
            foreach (var pid in File.ReadAllLines(pids))
            {
                using var kill = Process.Start("kill", ["-KILL", pid]);
                kill.WaitForExit();
            }
        }

        Directory.Delete(_directory, recursive: true);
        return Task.CompletedTask;
    }

    // The script takes a block of ports behind the first one.
    private static int FreePorts()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return 20_000 + ((((IPEndPoint)listener.LocalEndpoint).Port * 7) % 300 * 70);
    }

    private static bool IsInstalled(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(directory => File.Exists(Path.Combine(directory, program)));
}
