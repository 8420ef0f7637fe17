using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SmartCache.Remote;
using SmartCache.S3;

namespace SmartCache.Pool;

/// <summary>
/// Whole jobs of workers in a host builder over the real store: one that makes it, one that fetches it, one with wrong credentials, one with those of a session, one whose store
/// is dead. All that they say at the most talkative level, and all that they write, is searched for what is secret.
/// </summary>
internal static class SecretFigures
{
    private const string WrongAccess = "WRONGACCESS0KEY0OF0THIS0TEST";
    private const string WrongSecret = "wrong0secret0of0this0test";
    private const string Token = "session0token0of0this0test";
    private const string Canary = "canary0of0this0test";
    private static readonly string[] _kinds = ["log", "metric", "activity", "event", "exception", "file"];

    public static async Task<int> RunAsync(PoolPlace place)
    {
        var (access, secret) = (Environment.GetEnvironmentVariable("AWS_ACCESS_KEY_ID")!, Environment.GetEnvironmentVariable("AWS_SECRET_ACCESS_KEY")!);
        var (search, seed, caches) = (new SecretSearch(), PoolPlace.NewSeed(), place.Fresh("caches"));
        var right = new S3RemoteOptions { Endpoint = place.Endpoint, Bucket = place.Bucket, AccessKey = access, SecretKey = secret };
        var wrong = new S3RemoteOptions { Endpoint = place.Endpoint, Bucket = place.Bucket, AccessKey = WrongAccess, SecretKey = WrongSecret };
        var mixed = new S3RemoteOptions { Endpoint = place.Endpoint, Bucket = place.Bucket, AccessKey = access, SecretKey = WrongSecret };
        var dead = new S3RemoteOptions { Endpoint = "http://127.0.0.1:9", Bucket = place.Bucket, AccessKey = access, SecretKey = secret };
        using (var heard = new HeardSignals(search))
        {
            SayCanary(search, caches);
            var (first, second) = (await JobAsync(search, caches, "first", right, seed), await JobAsync(search, caches, "second", right, seed));
            Targets.Print("first host, second host: downloads and encodes", (first, second) == (4, 0), $"{first}, {second}", "4, 0: the store was used");
            string[] refused = [await RefusedAsync(search, caches, "wrong", wrong, seed), await RefusedAsync(search, caches, "mixed", mixed, seed)];
            Targets.Print("wrong key, wrong secret", refused is ["Denied", "Denied"], string.Join(", ", refused), "Denied, Denied");

            // The SDK finds this by itself. Ceph takes a session's token that it does not know beside keys that it knows; other engines refuse it.
            Environment.SetEnvironmentVariable("AWS_SESSION_TOKEN", Token);
            var session = await JobAsync(search, caches, "session", new S3RemoteOptions { Endpoint = place.Endpoint, Bucket = place.Bucket }, seed);
            Environment.SetEnvironmentVariable("AWS_SESSION_TOKEN", null);
            PoolPlace.Print("with the token of a session: downloads and encodes", session.ToString(CultureInfo.InvariantCulture));
            var unavailable = await RefusedAsync(search, caches, "dead", dead, seed);
            Targets.Print("dead endpoint", unavailable == "Unavailable", unavailable, "Unavailable");
            heard.ReadInstruments();
        }

        search.AddFiles(caches);
        await AddBucketAsync(search, right);
        PrintSearch(search, [access, secret, WrongAccess, WrongSecret, Token, "X-Amz-Signature", "X-Amz-Credential", "X-Amz-Security-Token", "AWS4-HMAC-SHA256"]);
        return Targets.End();
    }

    private static void PrintSearch(SecretSearch search, string[] secrets)
    {
        var places = search.Count();
        Console.WriteLine("places: " + string.Join(", ", places.Select(static kind => FormattableString.Invariant($"{kind.Value} {kind.Key}"))));
        var canary = search.CountOf(Canary);
        Targets.Print("kinds of places in which a text that was put there is found", _kinds.All(canary.ContainsKey), string.Join(", ", canary.Keys), string.Join(", ", _kinds));
        var found = secrets.Select(search.CountOf).Sum(static finds => finds.Values.Sum());
        foreach (var secret in secrets.Where(secret => search.First(secret) is not null))
        {
            Console.WriteLine($"found {secret} in {search.First(secret)!.ReplaceLineEndings(" ")}");
        }

        Targets.Print(string.Create(CultureInfo.InvariantCulture, $"{secrets.Length} secrets, looked for in {places.Values.Sum()} places: found"), found == 0, found.ToString(CultureInfo.InvariantCulture), "0");
    }

    /// <summary>One worker does one job.</summary>
    /// <returns>How often it had to work itself.</returns>
    private static async Task<int> JobAsync(SecretSearch search, string caches, string name, S3RemoteOptions options, int seed)
    {
        var video = new byte[100_000];
        new Random(seed).NextBytes(video);
        var worker = new Worker(video, 4, 10_000) { Seed = seed };
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddInMemoryCollection(
        [
            new("Cache:Directory", Path.Combine(caches, name)), new("Cache:MinFreeSpace", "0"), new("Cache:MinFreeInodes", "64"),
            new("Cache:Remote:Mode", "ReadWrite"), new("Cache:Remote:Sources", "All"), new("Cache:Remote:Prefix", PoolPlace.Prefix), new("Cache:Remote:LookupTimeout", "10s"),
            new("Cache:Remote:S3:Endpoint", options.Endpoint), new("Cache:Remote:S3:Bucket", options.Bucket),
            new("Cache:Remote:S3:AccessKey", options.AccessKey), new("Cache:Remote:S3:SecretKey", options.SecretKey),
        ]);
        builder.Logging.SetMinimumLevel(LogLevel.Trace).AddProvider(new HeardLog(search));
        builder.Services.AddSingleton<IVideoDownloader>(worker).AddSingleton<IProfileEncoder>(worker);
        builder.Services.AddSmartCache().UseS3Remote();
        using var host = builder.Build();
        await host.StartAsync();
        var cache = host.Services.GetRequiredService<CacheManager>();
        await worker.RunAsync(cache, Directory.CreateDirectory(Path.Combine(caches, "..", Path.GetFileName(caches) + "-work", name)).FullName);
        using (var patience = new CancellationTokenSource(TimeSpan.FromSeconds(15)))
        {
            // What a store refuses stays owed.
            await cache.FlushAsync(patience.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        search.Add("log", $"{cache} {await cache.GetStatisticsAsync()}");
        await host.StopAsync();
        return worker.Downloads + worker.Encodes;
    }

    /// <summary>A job whose store gives nothing, and each question to that store by itself.</summary>
    /// <returns>What the store's exceptions say.</returns>
    private static async Task<string> RefusedAsync(SecretSearch search, string caches, string name, S3RemoteOptions options, int seed)
    {
        var inner = await JobAsync(search, caches, name, options, seed);
        var store = S3RemoteStore.Create(options);
        search.Add("exception", $"{store} {store.Description} {options}");
        var faults = new SortedSet<string>();
        foreach (var ask in new Func<Task>[]
        {
            async () => await store.GetAsync(PoolPlace.Prefix + "/v1/x", new ObjectRange(0, 10), null),
            async () => await store.StatAsync(PoolPlace.Prefix + "/v1/x"),
            async () => await store.PutAsync(PoolPlace.Prefix + "/v1/x", new BytesBody("x"u8.ToArray()), PutCondition.None),
            async () => await store.DeleteAsync(PoolPlace.Prefix + "/v1/x", null),
            async () => await store.TouchAsync(PoolPlace.Prefix + "/v1/x"),
            async () => await store.ListAsync(PoolPlace.Prefix).ToListAsync(),
        })
        {
            try
            {
                await ask();
                faults.Add("answered");
            }
            catch (ObjectStoreException exception)
            {
                search.Add("exception", exception.ToString());
                faults.Add(exception.Fault.ToString());
            }
        }

        (store as IDisposable)?.Dispose();
        return inner == 4 ? string.Join(" and ", faults) : "the job did not work by itself";
    }

    private static async Task AddBucketAsync(SecretSearch search, S3RemoteOptions options)
    {
        var store = S3RemoteStore.Create(options);
        await foreach (var entry in store.ListAsync(PoolPlace.Prefix))
        {
            if (await store.GetAsync(entry.Name, null, null) is { } read)
            {
                await using var closing = read;
                using var bytes = new MemoryStream();
                await read.Body.CopyToAsync(bytes);
                search.Add("object", entry.Name + "\n" + Encoding.Latin1.GetString(bytes.ToArray()));
            }
        }

        (store as IDisposable)?.Dispose();
    }

    /// <summary>A text in each kind of place, so that a listener that hears nothing is found out.</summary>
    private static void SayCanary(SecretSearch search, string caches)
    {
        using var log = new HeardLog(search);
        using var meter = new Meter("canary");
        using var source = new ActivitySource("canary");
        using var events = new System.Diagnostics.Tracing.EventSource("canary.System.Net");
        log.CreateLogger("canary").Log(LogLevel.Trace, default, Canary, null, static (text, _) => text);
        meter.CreateCounter<int>("canary").Add(1, new KeyValuePair<string, object?>("tag", Canary));
        source.StartActivity("canary")?.SetTag("tag", Canary).Dispose();
        events.Write("canary", new { Text = Canary });
        File.WriteAllText(Path.Combine(caches, "canary"), Canary);
        try
        {
            throw new InvalidOperationException(Canary);
        }
        catch (InvalidOperationException)
        {
            // It was heard where it was thrown.
        }
    }
}
