using System.Diagnostics;
using System.Text.Json;
using SmartCache.Tests.Support;
using SmartCache.Tool;
using SmartCache.Tool.Output;

namespace SmartCache.Tests.Tool;

/// <summary>One run of the tool in this process, with what it printed.</summary>
internal sealed record ToolCall(int Code, string Output, string Error)
{
    public JsonElement Json => JsonDocument.Parse(Output).RootElement;

    public static Task<ToolCall> OnAsync(TestCache cache, params string[] arguments) => RunAsync(cache.Root, null, [.. arguments, "--directory", cache.CacheRoot()]);

    /// <summary>With something on the input: what a pipe gives, or, where it can be asked, what somebody types.</summary>
    public static Task<ToolCall> OnAsync(TestCache cache, string input, bool canAsk, params string[] arguments) =>
        RunAsync(new StringReader(input), canAsk, cache.Root, null, [.. arguments, "--directory", cache.CacheRoot()]);

    /// <summary>With somebody who can be asked, and does something before an answer.</summary>
    public static Task<ToolCall> OnAsync(TestCache cache, TextReader input, params string[] arguments) => RunAsync(input, true, cache.Root, null, [.. arguments, "--directory", cache.CacheRoot()]);

    public static Task<ToolCall> RunAsync(string workingDirectory, Dictionary<string, string?>? environment, params string[] arguments) =>
        RunAsync(TextReader.Null, false, workingDirectory, environment, arguments);

    private static async Task<ToolCall> RunAsync(TextReader input, bool canAsk, string workingDirectory, Dictionary<string, string?>? environment, string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var host = new ToolHost(output, error) { WorkingDirectory = workingDirectory, Environment = environment ?? [], Input = input, CanAsk = canAsk };
        var code = await ToolEntry.RunAsync(arguments, host, CancellationToken.None);
        return new ToolCall(code, output.ToString(), error.ToString());
    }

    /// <summary>A process of its own, of a user that the cache does not belong to.</summary>
    public static async Task<ToolCall> AsNobodyAsync(TestCache cache, params string[] arguments)
    {
        // As it was built, and not as it lies beside the tests: what coverage is collected of ends by writing to a file of this user's.
        var bin = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        var program = Path.Combine(Snapshot.Repository, "src", "SmartCache.Tool", "bin", bin.Parent!.Name, bin.Name, "SmartCache.Tool.dll");
        string[] all = ["--reuid=65534", "--regid=65534", "--clear-groups", "dotnet", program, .. arguments, "-d", cache.CacheRoot()];
        using var process = Process.Start(new ProcessStartInfo("setpriv", all) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return new ToolCall(process.ExitCode, output, await error);
    }

    /// <summary>A cache that did a whole job, once or with its retry, and keeps a history.</summary>
    public static async Task<TestCache> UsedCacheAsync(bool retried = true)
    {
        var cache = new TestCache(static settings => settings with { History = 1_000_000 });
        await cache.UseAsync();
        if (retried)
        {
            await cache.UseAsync();
        }

        await cache.Manager.CleanupAsync();
        await cache.Manager.FlushAsync();
        return cache;
    }

    /// <summary>Every name with its inode, mode, owner, length, modification and change times, to the nanosecond.</summary>
    public static string Listing(string root)
    {
        using var find = Process.Start(new ProcessStartInfo("find", [root, "-printf", "%P %i %m %u %s %T@ %C@\n"]) { RedirectStandardOutput = true })!;
        var listing = find.StandardOutput.ReadToEnd();
        find.WaitForExit();
        return string.Join('\n', listing.Split('\n').Order(StringComparer.Ordinal));
    }
}
