using SmartCache.Stages;
using Records = System.Collections.Concurrent.ConcurrentDictionary<(SmartCache.UploadTarget Target, string Sha256), string>;

namespace SmartCache.Tests.Stages.Kubo;

/// <summary>Against a real node.</summary>
public sealed class KuboUploaderNodeTests(IpfsNode node) : IClassFixture<IpfsNode>
{
    private const string Parameters = "cid-version=1&raw-leaves=true&chunker=size-262144&hash=sha2-256";

    [IpfsNodeFact]
    public async Task Upload_of_a_tree_gives_the_roots_of_one_add_and_every_file_comes_back()
    {
        using var tree = new VideoTree(10, seed: 100);
        // More than one block, and more than one node of 174 blocks.
        File.WriteAllBytes(Path.Combine(tree.Root, "720p/long.ts"), Bytes(700_001, 7));
        File.WriteAllBytes(Path.Combine(tree.Root, "720p/longer.ts"), Bytes(175 * 262144 + 5, 8));
        File.WriteAllBytes(Path.Combine(tree.Root, "480p/empty.ts"), []);
        File.WriteAllText(Path.Combine(tree.Root, "ünïcode %2F + name.txt"), "x");
        using var uploader = Uploader();
        var session = new MemorySession(tree.Root, []);

        var result = await uploader.UploadAsync(tree.Request(session));

        result.RootCid.Should().Be(await node.AddWholeAsync(tree.Root, Parameters));
        result.Verified.Should().BeTrue();
        result.SentWhole.Should().BeFalse();
        result.FilesSent.Should().Be(session.Files.Count);
        result.ProfileCids["720p"].Should().Be(await node.AddWholeAsync(Path.Combine(tree.Root, "720p"), Parameters));
        session.Profiles.Should().BeEquivalentTo(result.ProfileCids);
        (await node.IsPinnedAsync(result.RootCid)).Should().BeTrue();
        foreach (var file in session.Files)
            (await node.CatAsync(result.RootCid + "/" + file.RelativePath)).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(tree.Root, file.RelativePath))).Should().BeTrue(file.RelativePath);
    }

    [IpfsNodeFact, Trait("Found", "M4b")]
    public async Task Profile_outside_the_tree_is_not_taken_for_a_directory_of_its_name()
    {
        using var tree = new VideoTree(3, seed: 150);
        using var elsewhere = new VideoTree(3, seed: 160, "720p");
        using var uploader = Uploader();
        var session = new MemorySession(tree.Root, []);

        var result = await uploader.UploadAsync(tree.Request(session) with { Profiles = elsewhere.Encoded });

        result.RootCid.Should().Be(await node.AddWholeAsync(tree.Root, Parameters));
        result.ProfileCids.Should().BeEmpty();
        session.Profiles.Should().BeEmpty();
    }

    [IpfsNodeFact, Trait("Found", "M4b")]
    public async Task Profile_that_is_linked_into_the_tree_is_found_also_where_its_own_path_leads_through_a_link()
    {
        using var tree = new VideoTree(3, seed: 170, "1080p");
        using var elsewhere = new VideoTree(3, seed: 180, "720p");
        using var links = new ScratchDirectory();
        Directory.CreateSymbolicLink(Path.Combine(tree.Root, "720p"), Path.Combine(elsewhere.Root, "720p"));
        Directory.CreateSymbolicLink(links["work"], elsewhere.Root);
        using var uploader = Uploader();
        var profile = elsewhere.Encoded.Single() with { Directory = Path.Combine(links["work"], "720p") + "/" };

        var result = await uploader.UploadAsync(tree.Request() with { Profiles = [profile] });

        result.ProfileCids["720p"].Should().Be(await node.AddWholeAsync(Path.Combine(elsewhere.Root, "720p"), Parameters));
    }

    [IpfsNodeFact]
    public async Task Retry_after_a_failure_at_90_percent_sends_exactly_the_rest()
    {
        using var tree = new VideoTree(100, seed: 200);
        using var uploader = Uploader();
        var records = new Records();
        var count = 0;
        using var killed = new CancellationTokenSource();
        var first = new MemorySession(tree.Root, records)
        {
            OnRecord = (_, _) =>
            {
                if (Interlocked.Increment(ref count) > 270)
                {
                    killed.Cancel();
                    killed.Token.ThrowIfCancellationRequested();
                }
            },
        };
        first.Files.Should().HaveCountGreaterThan(300);
        await uploader.Invoking(u => u.UploadAsync(tree.Request(first), null, killed.Token)).Should().ThrowAsync<OperationCanceledException>();
        records.Should().HaveCount(270);

        var retry = new MemorySession(tree.Root, records);
        var result = await uploader.UploadAsync(tree.Request(retry));

        result.FilesSent.Should().Be(retry.Files.Count - 270);
        result.FilesSkipped.Should().Be(270);
        retry.Recorded.Select(f => f.RelativePath).Should().BeEquivalentTo(retry.Files.Except(first.Recorded).Select(f => f.RelativePath));
        result.RootCid.Should().Be(await node.AddWholeAsync(tree.Root, Parameters));

        var third = new MemorySession(tree.Root, records);
        var again = await uploader.UploadAsync(tree.Request(third));
        again.FilesSent.Should().Be(0);
        again.Outcome.Should().Be(CacheOutcome.Hit);
        again.RootCid.Should().Be(result.RootCid);
    }

    [IpfsNodeFact]
    public async Task Node_that_lost_its_data_between_the_attempts_is_sent_everything_again()
    {
        using var tree = new VideoTree(8, seed: 300);
        var records = new Records();
        string before;
        using (var uploader = Uploader())
            before = (await uploader.UploadAsync(tree.Request(new MemorySession(tree.Root, records)))).RootCid;

        await node.StartEmptyAsync();
        using var restarted = Uploader();
        var retry = new MemorySession(tree.Root, records);
        var result = await restarted.UploadAsync(tree.Request(retry));

        retry.Forgotten.Should().HaveCount(retry.Files.Count);
        result.FilesSent.Should().Be(retry.Files.Count);
        result.RootCid.Should().Be(before);
        result.Verified.Should().BeTrue();
        foreach (var file in retry.Files)
            (await node.CatAsync(result.RootCid + "/" + file.RelativePath)).Should().Equal(File.ReadAllBytes(Path.Combine(tree.Root, file.RelativePath)));
    }

    [IpfsNodeFact]
    public async Task Profile_encoded_again_has_no_stale_cid_in_the_result()
    {
        using var tree = new VideoTree(6, seed: 400);
        using var uploader = Uploader();
        var records = new Records();
        var first = await uploader.UploadAsync(tree.Request(new MemorySession(tree.Root, records)));

        tree.Encode("720p", 6, seed: 499);
        var second = await uploader.UploadAsync(tree.Request(new MemorySession(tree.Root, records)));

        second.FilesSent.Should().Be(7);
        second.ProfileCids["720p"].Should().NotBe(first.ProfileCids["720p"]);
        second.ProfileCids["1080p"].Should().Be(first.ProfileCids["1080p"]);
        second.RootCid.Should().Be(await node.AddWholeAsync(tree.Root, Parameters));
        foreach (var path in Directory.EnumerateFiles(Path.Combine(tree.Root, "720p")))
            (await node.CatAsync($"{second.RootCid}/720p/{Path.GetFileName(path)}")).Should().Equal(File.ReadAllBytes(path));
    }

    [IpfsNodeFact]
    public async Task Upload_without_a_session_sends_everything()
    {
        using var tree = new VideoTree(3, seed: 500);
        using var uploader = Uploader();

        var result = await uploader.UploadAsync(tree.Request());

        result.RootCid.Should().Be(await node.AddWholeAsync(tree.Root, Parameters));
        result.Outcome.Should().Be(CacheOutcome.Bypass);
        result.FilesSent.Should().Be(13);
    }

    [IpfsNodeFact]
    public async Task Presence_tells_present_from_missing_from_unknown()
    {
        using var tree = new VideoTree(2, seed: 600);
        using var uploader = Uploader();
        var result = await uploader.UploadAsync(tree.Request());
        var elsewhere = new UploadTarget("nobody", Parameters) { Endpoint = new Uri("http://127.0.0.1:1") };

        (await uploader.CheckAsync(result.Target!, result.RootCid)).Should().Be(Presence.Present);
        (await uploader.CheckAsync(result.Target!, result.ProfileCids["480p"])).Should().Be(Presence.Present);
        (await uploader.CheckAsync(result.Target!, "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy")).Should().Be(Presence.Missing);
        (await uploader.CheckAsync(elsewhere, result.RootCid)).Should().Be(Presence.Unknown);
    }

    [IpfsNodeFact]
    public async Task Other_import_parameters_give_the_roots_of_one_add_with_them()
    {
        using var tree = new VideoTree(2, seed: 700);
        File.WriteAllBytes(Path.Combine(tree.Root, "720p/long.ts"), Bytes(700_001, 9));
        foreach (var (set, parameters) in new (Action<KuboOptions>, string)[]
        {
            (o => (o.CidVersion, o.Chunker) = (0, "size-65536"), "cid-version=0&raw-leaves=true&chunker=size-65536&hash=sha2-256"),
            (o => o.RawLeaves = false, "cid-version=1&raw-leaves=false&chunker=size-262144&hash=sha2-256"),
            (o => o.Chunker = "rabin-16384-32768-65536", "cid-version=1&raw-leaves=true&chunker=rabin-16384-32768-65536&hash=sha2-256"),
        })
        {
            using var uploader = Uploader(set);
            var result = await uploader.UploadAsync(tree.Request(new MemorySession(tree.Root, [])));
            result.Target!.ImportParameters.Should().Be(parameters);
            result.RootCid.Should().Be(await node.AddWholeAsync(tree.Root, parameters), parameters);
        }
    }

    private static byte[] Bytes(int count, int seed)
    {
        var bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private KuboUploader Uploader(Action<KuboOptions>? set = null)
    {
        KuboOptions options = new() { BaseTimeout = TimeSpan.FromSeconds(20), RetryDelay = TimeSpan.FromMilliseconds(10) };
        options.Endpoints.Add(new KuboEndpoint(node.Endpoint, "node"));
        set?.Invoke(options);
        return new KuboUploader(options);
    }
}
