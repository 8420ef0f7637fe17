using SmartCache.Tests.Support;

namespace SmartCache.Tests.Remote;

/// <summary>What an operator does with the tier by hand.</summary>
public class CacheRemoteTests
{
    private static readonly string _hash = Bytes.Sha256(Host.Video);

    [Fact]
    public async Task Status_says_the_mode_the_store_what_is_owed_and_what_rests_and_asks_the_store_nothing()
    {
        // Puts first: a store that does not answer reads is not asked to take anything.
        var store = new MemoryObjectStore { Before = static (operation, _) => operation == "put" ? throw new ObjectStoreException(ObjectStoreFault.Unavailable, "full") : Task.CompletedTask };
        await using var host = new Host(store, time: new DrivenTime());
        await host.WorkAsync();
        store.Throws = static () => new ObjectStoreException(ObjectStoreFault.Unavailable, "down");
        await host.Cache.Manager.TryGetMediaAsync(host.Job.Request(url: "http://origin/other"));
        await Until.TrueAsync(() => File.Exists(Path.Combine(host.Cache.Settings.Root, "remote", "breaker-writes")) && File.Exists(Path.Combine(host.Cache.Settings.Root, "remote", "breaker-reads")));
        var before = store.Requests.Count;

        var status = await host.Cache.Manager.Remote.GetStatusAsync();

        (status.Mode, status.Store, status.Prefix, status.Statistics.OwedEntries).Should().Be((RemoteMode.ReadWrite, "memory", "smartcache/v1/", 2));
        status.ReadsRest!.Failures.Should().BePositive();
        status.WritesRest.Should().NotBeNull();
        store.Requests.Count.Should().Be(before);
    }

    [Fact]
    public async Task Entries_are_listed_with_kind_name_and_size_and_nothing_else_is()
    {
        var store = new MemoryObjectStore();
        await using var host = new Host(store);
        await host.WorkAsync();
        store["smartcache/v1/sources/notes.txt"] = [1];

        var entries = await ListAsync(host);

        entries.Select(static entry => (entry.Kind, entry.Name)).Should().BeEquivalentTo(
            new[] { (EntryKind.Source, _hash[..32]), (EntryKind.Profile, Path.GetFileName(host.Cache.Entries("profiles").Single())) });
        entries.Should().OnlyContain(entry => entry.Bytes == store[$"smartcache/v1/{(entry.Kind == EntryKind.Source ? "sources" : "profiles")}/{entry.Name}"].Length);
    }

    [Fact]
    public async Task Store_that_refuses_an_operator_does_not_rest_for_the_jobs()
    {
        var store = new MemoryObjectStore();
        await using var host = new Host(store);
        store.Before = static (operation, _) => operation == "list" ? throw new ObjectStoreException(ObjectStoreFault.Denied, "list: 403 AccessDenied") : Task.CompletedTask;

        var listing = () => ListAsync(host);

        (await listing.Should().ThrowAsync<ObjectStoreException>()).Which.Message.Should().Be("list: 403 AccessDenied");
        (await host.Cache.Manager.Remote.GetStatusAsync()).ReadsRest.Should().BeNull();
    }

    [Fact]
    public async Task Without_a_store_each_question_says_so()
    {
        await using var host = new Host(null);

        var warming = () => host.Cache.Manager.Remote.WarmAsync();

        (await warming.Should().ThrowAsync<ObjectStoreException>()).Which.Fault.Should().Be(ObjectStoreFault.Misconfigured);
        (await host.Cache.Manager.Remote.GetStatusAsync()).Store.Should().BeNull();
    }

    [Fact]
    public async Task Push_sends_what_the_store_has_lost_and_nothing_twice()
    {
        var store = new MemoryObjectStore();
        await using var host = new Host(store);
        await host.WorkAsync();
        foreach (var name in store.Names)
        {
            await store.DeleteAsync(name, null);
        }

        var push = await host.Cache.Manager.Remote.PushAsync();

        (push.There, push.Sent, push.Withheld, push.Owed).Should().Be((0, 2, 0, 0), string.Join('\n', host.Cache.Log.Lines.Select(static line => line.Text)));
        store.Names.Select(static name => name.Split('/')[2]).Should().BeEquivalentTo("sources", "profiles", "keys");
        var puts = store.Count("put");
        (await host.Cache.Manager.Remote.PushAsync()).There.Should().Be(2);
        store.Count("put").Should().Be(puts);
    }

    [Fact]
    public async Task Source_that_no_encode_has_proven_is_not_pushed()
    {
        var store = new MemoryObjectStore();
        await using var host = new Host(store);
        await host.Job.DownloadAsync();
        await host.Cache.Manager.FlushAsync();

        var push = await host.Cache.Manager.Remote.PushAsync();

        (push.Sent, push.Withheld).Should().Be((0, 1));
        store.Names.Should().NotContain(static name => name.Contains("/sources/"));
    }

    [Fact]
    public async Task Warmed_cache_spares_the_job_every_byte_of_both()
    {
        var store = new MemoryObjectStore();
        await using var first = new Host(store);
        var made = await first.WorkAsync();
        await using var second = new Host(store);

        var warming = await second.Cache.Manager.Remote.WarmAsync();

        (warming.Entries, warming.Here, warming.Skipped, warming.Ended).Should().Be((2, 0, 0, null));
        (await second.Cache.Manager.Remote.WarmAsync()).Here.Should().Be(2);
        var packs = store.Requests.Count(static request => request.StartsWith("get smartcache/v1/sources", StringComparison.Ordinal) || request.StartsWith("get smartcache/v1/profiles", StringComparison.Ordinal));
        var given = await second.WorkAsync();
        (second.Downloads, second.Encodes).Should().Be((0, 0));
        store.Requests.Count(static request => request.StartsWith("get smartcache/v1/sources", StringComparison.Ordinal) || request.StartsWith("get smartcache/v1/profiles", StringComparison.Ordinal)).Should().Be(packs);
        Bytes.Sha256OfFile(given.Video.Path).Should().Be(_hash);
        TestJob.Tree(given.Profile.Directory).Should().BeEquivalentTo(TestJob.Tree(made.Profile.Directory));
        (await second.Cache.Manager.VerifyAsync()).Should().BeEquivalentTo(new { Entries = 2, Quarantined = 0 });
    }

    [Fact]
    public async Task Warming_takes_the_newest_first_within_its_budget()
    {
        var store = new MemoryObjectStore();
        await using var first = new Host(store);
        await first.WorkAsync();
        var source = $"smartcache/v1/sources/{_hash[..32]}";
        store.Age(source, TimeSpan.FromDays(2));
        var profile = store.Names.Single(static name => name.Contains("/profiles/"));
        await using var second = new Host(store);

        var warming = await second.Cache.Manager.Remote.WarmAsync(budget: store[profile].Length);

        (warming.Entries, warming.OverBudget).Should().Be((1, 1));
        (second.Cache.Entries("profiles").Length, second.Cache.Entries("sources").Length).Should().Be((1, 0));
    }

    [Fact]
    public async Task Warming_evicts_nothing()
    {
        var store = new MemoryObjectStore();
        await using (var first = new Host(store))
        {
            await first.WorkAsync();
        }

        var other = Bytes.Random(200_000);
        await using var second = new Host(store, configure: static settings => settings with { MaxSize = 300_000 }, video: other);
        await second.Job.DownloadAsync();
        await second.Cache.Manager.FlushAsync();
        var before = second.Cache.Entries("sources").Single();

        var warming = await second.Cache.Manager.Remote.WarmAsync();

        second.Cache.Entries("sources").Should().Contain(before);
        warming.Ended.Should().Be("there is no more free space");
    }

    [Fact]
    public async Task Wrong_pack_is_neither_warmed_nor_left_in_the_store()
    {
        var store = new MemoryObjectStore();
        await using var first = new Host(store);
        await first.WorkAsync();
        var source = $"smartcache/v1/sources/{_hash[..32]}";
        store[source][^10] ^= 1;
        await using var second = new Host(store);

        var warming = await second.Cache.Manager.Remote.WarmAsync(predicate: static entry => entry.Kind == EntryKind.Source);

        await second.Cache.Manager.FlushAsync();
        (warming.Entries, warming.Skipped).Should().Be((0, 1));
        second.Cache.Entries("sources").Should().BeEmpty();
        store.Names.Should().NotContain(source);
    }

    [MountFact("setpriv")]
    public async Task What_root_warms_belongs_to_the_cache_and_may_be_read_by_its_group()
    {
        var store = new MemoryObjectStore();
        await using var first = new Host(store);
        await first.WorkAsync();
        await using var second = new Host(store);
        await second.Cache.Manager.CleanupAsync();
        await second.Job.DownloadAsync();
        await second.Cache.Manager.FlushAsync();
        Mount.Run("chmod", "-R", "u=rwX,g=rwX,o=", second.Cache.CacheRoot());
        Mount.Run("chown", "-R", "20001:20001", second.Cache.CacheRoot());
        Mount.Run("chmod", "711", second.Cache.Root);
        await using var tool = CacheManager.Create(
            new CacheOptions { Directory = second.Cache.CacheRoot(), MaxSize = "1GB", MinFreeSpace = "1MB", Remote = { Mode = "ReadWrite" } }, new CacheDependencies { RemoteStore = store }, existingOnly: true);

        (await tool.Remote.WarmAsync()).Entries.Should().Be(1);

        var files = Directory.GetFiles(second.Cache.Entries("profiles").Single(), "*", SearchOption.AllDirectories);
        files.Should().HaveCountGreaterThan(1).And.OnlyContain(static path => OwnerAndMode(path) == "20001 660");
    }

    [Fact]
    public async Task Verification_finds_a_flipped_bit_and_a_swapped_pack_and_deletes_them_alone()
    {
        var store = new MemoryObjectStore();
        await using var host = new Host(store);
        await host.WorkAsync();
        var source = $"smartcache/v1/sources/{_hash[..32]}";
        var profile = store.Names.Single(static name => name.Contains("/profiles/"));
        store[$"smartcache/v1/sources/{new string('a', 32)}"] = store[source];
        store[profile][^1] ^= 1;
        store[$"smartcache/v1/sources/{new string('d', 32)}"] = Packs.Newer();

        var looked = await host.Cache.Manager.Remote.VerifyAsync();
        store.Names.Should().Contain(profile, "nobody asked for more than a look").And.Contain(static name => name.Contains("aaaa"));
        host.Cache.Log.Of(1003).Should().BeEmpty();
        var verification = await host.Cache.Manager.Remote.VerifyAsync(deletesWrong: true, predicate: entry => looked.Wrong.Select(static wrong => wrong.Entry.Name).Contains(entry.Name));

        (looked.Listed, looked.Whole, looked.Skipped, looked.Deleted).Should().Be((4, 1, 1, 0));
        looked.Wrong.Select(static wrong => wrong.Reason).Should().BeEquivalentTo("it is not what its name says", "a file has another hash");
        (verification.Listed, verification.Whole, verification.Deleted).Should().Be((2, 0, 2));
        store.Names.Should().Contain(source).And.NotContain(profile).And.NotContain(static name => name.Contains("aaaa"));
        host.Cache.Log.Of(1003).Should().HaveCount(2);
    }

    [Fact]
    public async Task Sample_reads_so_many_and_a_store_that_fails_proves_nothing()
    {
        var store = new MemoryObjectStore();
        await using var host = new Host(store);
        await host.WorkAsync();

        (await host.Cache.Manager.Remote.VerifyAsync(sample: 1)).Whole.Should().Be(1);
        store.Before = static (operation, _) => operation == "get" ? throw new ObjectStoreException(ObjectStoreFault.Unavailable, "500") : Task.CompletedTask;
        var failing = await host.Cache.Manager.Remote.VerifyAsync();

        (failing.Unread, failing.Wrong.Count, failing.Deleted).Should().Be((2, 0, 0));
        store.Names.Should().Contain(static name => name.Contains("/sources/"));
    }

    [Fact]
    public async Task Removed_source_goes_with_its_key_and_profiles_and_nothing_else()
    {
        var store = new MemoryObjectStore();
        await using var host = new Host(store);
        await host.WorkAsync();
        store[$"smartcache/v1/sources/{new string('a', 32)}"] = [1];

        (await host.Cache.Manager.Remote.RemoveSourceAsync(_hash)).Should().BeTrue();

        store.Names.Where(static name => !name.Contains("/work/")).Should().Equal($"smartcache/v1/sources/{new string('a', 32)}");
        host.Cache.Entries("sources").Should().ContainSingle("what is here stays");
    }

    [Fact]
    public async Task Removal_that_the_store_does_not_answer_is_owed()
    {
        var store = new MemoryObjectStore();
        await using var host = new Host(store, time: new DrivenTime());
        await host.WorkAsync();
        store.Throws = static () => new ObjectStoreException(ObjectStoreFault.Unavailable, "down");

        (await host.Cache.Manager.Remote.RemoveSourceAsync(_hash)).Should().BeFalse();

        host.Outbox().Should().Equal("removal-sources-" + _hash[..32]);
    }

    private static string OwnerAndMode(string path)
    {
        using var stat = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("stat", ["-c", "%u %a", path]) { RedirectStandardOutput = true })!;
        var said = stat.StandardOutput.ReadToEnd().Trim();
        stat.WaitForExit();
        return said;
    }

    private static async Task<List<RemoteEntry>> ListAsync(Host host)
    {
        var entries = new List<RemoteEntry>();
        await foreach (var entry in host.Cache.Manager.Remote.ReadEntriesAsync())
        {
            entries.Add(entry);
        }

        return entries;
    }
}
