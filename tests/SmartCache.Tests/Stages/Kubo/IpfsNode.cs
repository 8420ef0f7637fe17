using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using SmartCache.Stages.Kubo;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Stages.Kubo;

/// <summary>A real node as a child process on loopback, with a repository of its own. Ended with its children when disposed.</summary>
public sealed class IpfsNode : IAsyncLifetime, IDisposable
{
    private readonly string _repo = Directory.CreateTempSubdirectory("smartcache-ipfs-").FullName;
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromMinutes(2) };
    private Process? _process;
    private int _api;
    private int _gateway;

    /// <summary>Why there is no node on this machine; <see langword="null"/> where there is.</summary>
    public static string? MissingBecause { get; } =
        !OperatingSystem.IsLinux() ? "the start script of the node needs bash"
        : !File.Exists(Path.Combine(InstallFolder, ".installed")) && !File.Exists(Path.Combine(InstallFolder, "node_modules/.bin/jsipfs")) ? "no IPFS node installed: run tests/ipfs-node/install.sh"
        : null;

    public Uri Endpoint => new($"http://127.0.0.1:{_api}");

    public Uri Gateway => new($"http://127.0.0.1:{_gateway}");

    private static string InstallFolder => Path.Combine(
        Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache ? cache : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"),
        "smartcache-tests/ipfs-node");

    public async Task InitializeAsync()
    {
        if (MissingBecause is null)
            await StartAsync();
    }

    public async Task StartAsync()
    {
        // Started again it is where it was: a worker's settings name one address.
        if (_api == 0)
            (_api, _gateway) = FreePorts();
        ProcessStartInfo start = new("bash") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in new[] { Script(), Path.Combine(_repo, "repo"), _api.ToString(System.Globalization.CultureInfo.InvariantCulture), _gateway.ToString(System.Globalization.CultureInfo.InvariantCulture) })
            start.ArgumentList.Add(argument);
        var output = new List<string?>();
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Note(line.Data);
        _process.ErrorDataReceived += (_, line) => Note(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        for (var deadline = Stopwatch.StartNew(); ;)
        {
            try
            {
                using var answer = await _http.PostAsync(new Uri(Endpoint, "/api/v0/version"), null);
                if (answer.IsSuccessStatusCode)
                    return;
            }
            catch (HttpRequestException)
            {
            }
            if (_process.HasExited || deadline.Elapsed > HangGuard.Limit)
            {
                await StopAsync();
                lock (output)
                    throw new InvalidOperationException("The node did not start:\n" + string.Join('\n', output));
            }
            await Task.Delay(200);
        }

        void Note(string? line)
        {
            lock (output)
                output.Add(line);
        }
    }

    /// <summary>Ends the node, throws its data away, and starts it empty.</summary>
    public async Task StartEmptyAsync()
    {
        await StopAsync();
        Directory.Delete(Path.Combine(_repo, "repo"), recursive: true);
        await StartAsync();
    }

    /// <summary>Ends the node, throws the blocks of these files out of its store, and starts it with the rest and with all its pins.</summary>
    public async Task StartWithoutAsync(IEnumerable<string> files)
    {
        await StopAsync();
        // A killed node leaves its lock, which counts for some seconds more.
        Directory.Delete(Path.Combine(_repo, "repo/repo.lock"), recursive: true);
        foreach (var file in files)
        {
            // A file of one block lies under the multihash of its bytes.
            var name = Multibase.ToBase32([0x12, 0x20, .. SHA256.HashData(await File.ReadAllBytesAsync(file))]).ToUpperInvariant() + ".data";
            File.Delete(Directory.GetFiles(Path.Combine(_repo, "repo/blocks"), name, SearchOption.AllDirectories).Single());
        }
        await StartAsync();
    }

    public async Task StopAsync()
    {
        if (_process is not { } process)
            return;
        _process = null;
        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();
        process.Dispose();
    }

    /// <summary>The root that the node itself gives to a directory in one add.</summary>
    public async Task<string> AddWholeAsync(string directory, string parameters)
    {
        using var form = new MultipartFormDataContent();
        foreach (var path in Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            var content = new StreamContent(File.OpenRead(path));
            content.Headers.ContentType = new("application/octet-stream");
            // The node wants the names in quotes.
            content.Headers.TryAddWithoutValidation("Content-Disposition", $"form-data; name=\"file\"; filename=\"{Uri.EscapeDataString("root/" + Path.GetRelativePath(directory, path))}\"");
            form.Add(content);
        }
        using var answer = await _http.PostAsync(new Uri(Endpoint, $"/api/v0/add?{parameters}&pin=false"), form);
        var lines = (await answer.EnsureSuccessStatusCode().Content.ReadAsStringAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var hash = lines.Select(l => JsonNode.Parse(l)!).Single(l => (string)l["Name"]! == "root")["Hash"]!.GetValue<string>();
        // js-ipfs writes version 1 in base58 unless asked, and cannot write version 0 in base32.
        return Cid.TryParse(hash, out var cid) ? cid.ToString() : hash;
    }

    public async Task<byte[]> CatAsync(string path)
    {
        using var answer = await _http.PostAsync(new Uri(Endpoint, "/api/v0/cat?arg=/ipfs/" + Uri.EscapeDataString(path)), null);
        return await answer.EnsureSuccessStatusCode().Content.ReadAsByteArrayAsync();
    }

    public async Task<bool> IsPinnedAsync(string cid)
    {
        using var answer = await _http.PostAsync(new Uri(Endpoint, $"/api/v0/pin/ls?arg={cid}&type=recursive"), null);
        return answer.IsSuccessStatusCode && (await answer.Content.ReadFromJsonAsync<JsonObject>())!["Keys"] is not null;
    }

    public async Task DisposeAsync()
    {
        await StopAsync();
        Directory.Delete(_repo, recursive: true);
    }

    public void Dispose()
    {
        _process?.Dispose();
        _http.Dispose();
    }

    private static string Script()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var script = Path.Combine(folder.FullName, "tests/ipfs-node/start.sh");
            if (File.Exists(script))
                return script;
        }
        throw new FileNotFoundException("tests/ipfs-node/start.sh");
    }

    private static (int, int) FreePorts()
    {
        using TcpListener first = new(IPAddress.Loopback, 0), second = new(IPAddress.Loopback, 0);
        first.Start();
        second.Start();
        return (((IPEndPoint)first.LocalEndpoint).Port, ((IPEndPoint)second.LocalEndpoint).Port);
    }
}
