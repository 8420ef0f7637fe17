using System.Globalization;
using SmartCache.Maintenance;
using SmartCache.Torture.Workload;
using SmartCache.Uploads;

namespace SmartCache.Torture.Steps;

/// <summary>Something that the cache does in steps, each of which may be the last or fail.</summary>
internal sealed partial record Operation(string Name, Func<StepCase, Task> Prepare, Func<StepCase, Task<string>> Run)
{
    private const string DeadWriter = "0123456789abcdef0123456789abcdef";
    public const string Job = "job";

    public static readonly SourceKey KeyOfSource = SourceKey.From(new DownloadRequest(Content.Url(StepCase.Source), ""));

    public static readonly ProfileKey KeyOfProfile = ProfileKey.From(
        new SourceMedia { ContentHash = StepCase.Content.HashOf(StepCase.Source), Length = StepCase.Content.LengthOf(StepCase.Source) }, Content.RecipeOf(new EncodingProfile("720p")));

    public static readonly IReadOnlyList<Operation> All =
    [
        new("publish-source", static test => test.OpenAsync(), PublishSourceAsync),
        new("hit-source", WithSourceAsync, static async test => (await test.DownloadAsync()).ToString()) { Keeps = [Promise.SourceIsServed] },
        new("publish-profile", static test => test.OpenAsync(), PublishProfileAsync),
        new("hit-profile", WithProfileAsync, static async test => (await test.EncodeAsync()).ToString()) { Keeps = [Promise.ProfileIsServed] },
        new("checkpoint", static test => test.OpenAsync(), static async test => (await test.UploadAsync()).ToString()),
        new("evict", WithTooMuchAsync, CleanUpAsync),
        new("quarantine", WithSpoiltSourceAsync, static async test => (await test.DownloadAsync()).ToString()),
        new("condemn", WithLeaseAsync, RemoveUnderLeaseAsync),
        new("sweep", WithLeftoversAsync, CleanUpAsync),
        new("sort-day", WithClosedDayAsync, CleanUpAsync),
        new("forget", WithSessionAsync, ForgetAsync),
        new("verify", WithSpoiltAndSoundAsync, VerifyAsync),
        new("regret", WithTombstoneAsync, static async test => (await test.DownloadAsync(4)).ToString()),
        new("history", WithHistoryAsync, static async test => (await test.DownloadAsync()).ToString()) { Keeps = [Promise.SourceIsServed] },
        new("lend", WithSourceAsync, LendAsync) { WorksInTheCache = true },
        new("dispose", static test => test.OpenAsync(), DisposeAsync),
        new("clear", WithSourceAndProfileAsync, ClearAsync),
        new("refresh-source", WithSourceAsync, RefreshSourceAsync) { Keeps = [Promise.SourceIsServed] },
        new("refresh-profile", WithProfileAsync, RefreshProfileAsync),
        new("reject", WithSourceAsync, RejectAsync),
        new("expire", WithOldAndYoungAsync, ExpireAsync),
        new("remove", WithSourceAndProfileAsync, RemoveAsync),
        new("remove-keys", WithSourceAndProfileAsync, RemoveKeysAsync),
        new("add", static test => test.OpenAsync(), AddAsync),
        new("plan", WithSourceAndProfileAsync, PlanAsync),
        new("end-job", WithConfirmationsAsync, EndJobAsync),
        new("forget-job", WithConfirmationsAsync, ForgetJobAsync),
        new("verify-all", WithSpoiltAndSoundAsync, VerifyAllAsync),
        new("statistics", WithSourceAndProfileAsync, StatisticsAsync) { Keeps = [Promise.SourceIsServed, Promise.ProfileIsServed] },
        new("publish-copy", static test => test.OpenAsync(materialize: "Copy"), PublishSourceAsync),
        new("checkpoint-always", static test => test.OpenAsync(confirmationsFlush: "Always"), static async test => (await test.UploadAsync()).ToString()) { ConfirmsAtOnce = true },
        new("refresh-times", WithOtherTimeAsync, static async test => (await test.DownloadAsync()).ToString()) { Keeps = [Promise.SourceIsServed] },
        new("record-parts", static test => test.OpenAsync(checkpoints: true), PublishProfileAsync),
        new("resume-parts", WithPartsAsync, PublishProfileAsync),
        new("take-back-parts", WithPartsAsync, TakeBackPartsAsync),
        new("verify-rot", WithRottenSourceAsync, VerifyRotAsync) { HasRot = true },
        new("tool-remove", WithSourceAndProfileAsync, ToolRemoveAsync),
        new("tool-remove-entry", WithSourceAndProfileAsync, ToolRemoveEntryAsync) { Keeps = [Promise.SourceIsServed] },
        new("tool-clear", WithSourceAndProfileAsync, ToolClearAsync),
        new("tool-reject", WithSourceAsync, ToolRejectAsync),
        new("tool-verify", WithSpoiltAndSoundAsync, ToolVerifyAsync) { Keeps = [Promise.ProfileIsServed] },
        new("tool-adopt", WithoutMarkersAsync, ToolAdoptAsync) { Adopts = true },
        new("prefetch", static test => test.OpenAsync(), PrefetchAsync),
        new("join-ahead", static test => test.OpenAsync(), JoinAsync),
        new("warm", static test => test.OpenAsync(time: new SkippingTime()), WarmAsync),
        new("use-ahead", WithAheadAsync, static async test => (await test.DownloadAsync()).ToString()) { Keeps = [Promise.SourceIsServed] },
        new("withdraw-ahead", WithTicketAsync, WithdrawAsync) { Keeps = [Promise.SourceIsServed] },
        new("waste-ahead", WithAheadAsync, WasteAsync),
        new("share", static test => test.OpenAsync(shares: true), ShareAsync),
        new("fetch", WithSharedAsync, FetchAsync),
        new("send-owed", WithOwedAsync, SendOwedAsync) { Keeps = [Promise.SourceIsServed, Promise.ProfileIsServed] },
        new("unshare", WithSentAsync, UnshareAsync),
        new("share-confirmations", static test => test.OpenAsync(shares: true), ShareConfirmationsAsync),
        new("condemn-rot", WithRottenLeaseAsync, CondemnRotAsync) { HasRot = true, WorksInTheCache = true },
    ];

    /// <summary>Whether the job itself opens and writes files inside the cache, as it does with a lease: what fails there is the job's own call, and no fault of the cache.</summary>
    public bool WorksInTheCache { get; private init; }

    /// <summary>What holds all the time, before it, in it and after it.</summary>
    public IReadOnlyList<Promise> Keeps { get; private init; } = [];

    /// <summary>Whether it marks directories as a cache's. What is half marked no worker takes, and whoever did it does it again.</summary>
    public bool Adopts { get; private init; }

    /// <summary>Whether bytes of the cache have been spoilt in a way that only a reader of every byte finds.</summary>
    public bool HasRot { get; private init; }

    /// <summary>Whether what a session accepts is on the disk at once, and not only when it has ended.</summary>
    public bool ConfirmsAtOnce { get; private init; }

    public static Operation Named(string name) => All.FirstOrDefault(operation => operation.Name == name) ?? throw new ArgumentException($"No operation is called {name}.");

    private static async Task WithSourceAsync(StepCase test)
    {
        await test.OpenAsync();
        await test.DownloadAsync();
        await test.OpenAsync();
    }

    private static async Task WithProfileAsync(StepCase test)
    {
        await test.OpenAsync();
        await test.EncodeAsync();
        await test.OpenAsync();
    }

    private static async Task WithTooMuchAsync(StepCase test)
    {
        await test.OpenAsync();
        for (var source = 4; source < 8; source++)
        {
            await test.DownloadAsync(source);
        }

        await test.EncodeAsync(profile: "480p");
        await test.OpenAsync(maxSize: 1_000_000);
    }

    private static async Task WithSpoiltSourceAsync(StepCase test)
    {
        await WithSourceAsync(test);
        var file = Directory.GetFiles(Path.Combine(test.Paths.Cache, "sources"), "source.*", SearchOption.AllDirectories).Single();
        using var handle = File.OpenHandle(file, FileMode.Open, FileAccess.ReadWrite);
        RandomAccess.Write(handle, "spoilt"u8, 1000);
    }

    /// <summary>On the entry itself: the job that still shares it by hard link is over.</summary>
    private static async Task WithLeaseAsync(StepCase test)
    {
        await WithSourceAsync(test);
        Directory.Delete(test.Paths.Work(0), recursive: true);
        test.Held = new OpenLease((await test.Cache.Sources.TryGetAsync(KeyOfSource))!);
    }

    private static async Task<string> RemoveUnderLeaseAsync(StepCase test)
    {
        await test.Cache.RemoveBySourceAsync(StepCase.Content.HashOf(StepCase.Source));
        if (test.Held is OpenLease { IsThere: false })
        {
            throw new WrongBytesException("the leased file is gone");
        }

        await test.Held!.DisposeAsync();
        test.Held = null;
        return "removed";
    }

    /// <summary>What a worker leaves that was killed: staging, locks that nobody holds, a condemned entry, trash.</summary>
    private static async Task WithLeftoversAsync(StepCase test)
    {
        await WithSourceAsync(test);
        await test.DownloadAsync(6);
        var layer = Path.Combine(test.Paths.Cache, "sources");
        var staged = Directory.CreateDirectory(Path.Combine(layer, "staging", DeadWriter, "1"));
        await File.WriteAllTextAsync(Path.Combine(staged.FullName, "half.mp4"), "half");
        foreach (var name in new[] { "writer-" + DeadWriter, "make-" + DeadWriter, "entry-" + DeadWriter, "condemned-" + StepCase.Content.HashOf(6)[..32] })
        {
            await File.WriteAllTextAsync(Path.Combine(layer, "locks", name), "");
        }

        var trash = Directory.CreateDirectory(Path.Combine(layer, "trash", DeadWriter + ".01234567.1"));
        await File.WriteAllTextAsync(Path.Combine(trash.FullName, "old.mp4"), "old");
        await test.OpenAsync();
    }

    private static async Task WithConfirmationsAsync(StepCase test)
    {
        await test.OpenAsync();
        await test.UploadAsync();
        await test.OpenAsync();
    }

    /// <summary>Of whoever sends by hand: that opening it fails where the job's own tree cannot be read is its contract.</summary>
    private static async Task WithSessionAsync(StepCase test)
    {
        await WithConfirmationsAsync(test);
        test.Held = await test.OpenSessionAsync();
    }

    /// <summary>A day that is over and mostly history, and one that has begun.</summary>
    private static async Task WithClosedDayAsync(StepCase test)
    {
        await WithConfirmationsAsync(test);
        await using (var session = await test.OpenSessionAsync())
        {
            var target = StubUploader.Targets[0];
            foreach (var file in Enumerable.Repeat(session.Files, 3).SelectMany(static files => files))
            {
                await session.For(target).ForgetAsync(file);
                await session.For(target).RecordFileAsync(file, Content.CidOf(target.Id, file.Sha256));
            }
        }

        foreach (var part in Directory.GetFiles(Path.Combine(test.Paths.Cache, "uploads", "targets"), "*.journal", SearchOption.AllDirectories))
        {
            var day = DateOnly.ParseExact(Path.GetFileNameWithoutExtension(part), "yyyy-MM-dd", CultureInfo.InvariantCulture);
            File.Move(part, Path.Combine(Path.GetDirectoryName(part)!, day.AddDays(-1).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) + ".journal"));
        }

        // Begun by hand: a session that begins a day sorts the one before.
        foreach (var target in StubUploader.Targets)
        {
            var directory = Path.Combine(test.Paths.Cache, "uploads", "targets", TargetName.Of(target).Short);
            if (Directory.Exists(directory))
            {
                await File.WriteAllBytesAsync(Path.Combine(directory, JournalPart.FirstOf(DateTimeOffset.UtcNow).FileName), JournalRecord.HeaderOf(target, 1).ToLine());
            }
        }

        await test.OpenAsync();
    }

    private static async Task<string> ForgetAsync(StepCase test)
    {
        var session = (IUploadSession)test.Held!;
        var checkpoint = session.For(StubUploader.Targets[0]);
        var file = session.Files[0];
        await checkpoint.ForgetAsync(file);
        if (checkpoint.TryGetCid(file, out _))
        {
            throw new WrongBytesException("a confirmation that was taken back is offered in the same session");
        }

        await session.DisposeAsync();
        using var ledger = new LineFile(test.Paths.Forgotten);
        ledger.Add(file.Sha256);
        return "forgotten";
    }

    /// <summary>A spoilt source before a sound profile, so that a round of the background verification has both to do.</summary>
    private static async Task WithSpoiltAndSoundAsync(StepCase test)
    {
        await test.OpenAsync();
        await test.EncodeAsync();
        await WithSpoiltSourceAsync(test);
    }

    private static async Task<string> VerifyAsync(StepCase test)
    {
        foreach (var layer in new[] { test.Cache.SourceStore.Layer, test.Cache.ProfileStore.Layer })
        {
            var fast = new VerificationPace(long.MaxValue, TimeSpan.FromSeconds(1), TimeProvider.System);
            await new BackgroundVerifier(layer, TimeProvider.System, layer.Logger, _ => fast).RunAsync(CancellationToken.None);
        }

        return "verified";
    }

    /// <summary>An entry that was evicted, so that making it again is regretted. The oldest goes first.</summary>
    private static async Task WithTombstoneAsync(StepCase test)
    {
        await WithTooMuchAsync(test);
        await test.Cache.CleanupAsync();
        await test.OpenAsync();
    }

    private static async Task WithHistoryAsync(StepCase test)
    {
        await WithSourceAsync(test);
        await test.OpenAsync(history: "1MB");
    }

    /// <summary>A lease on what the job before still shares by hard link, which is a copy.</summary>
    private static async Task<string> LendAsync(StepCase test)
    {
        await using var lease = await test.Cache.Sources.GetOrAddAsync(
            KeyOfSource, static (path, token) => File.WriteAllBytesAsync(path, StepCase.Content.Source(StepCase.Source), token));
        return (await File.ReadAllBytesAsync(lease.Path)).AsSpan().SequenceEqual(StepCase.Content.Source(StepCase.Source))
            ? lease.Outcome.ToString()
            : throw new WrongBytesException($"lent, {lease.Outcome}");
    }

    private static async Task<string> CleanUpAsync(StepCase test)
    {
        await test.Cache.CleanupAsync();
        return "cleaned up";
    }
}
