using SmartCache.Abstractions;
using SmartCache.Layers;
using SmartCache.Storage;
using SmartCache.Storage.Platform;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Storage;

/// <summary>The step of a save that makes an entry of what is staged.</summary>
public sealed class PublishTests
{
    private const string Name = Entries.Name;

    [Fact]
    public async Task Publish_that_is_given_up_during_its_last_flush_does_not_remove_what_it_would_have_replaced()
    {
        var disk = new CallAtFlush();
        await using var cache = new TestCache(fileSystem: disk);
        cache.Put(Name, Bytes.Random(5_000, 1));
        using var intake = await TakenAsync(cache, 2, replaces: true);
        var pulse = OperationPulse.Unwatched(CancellationToken.None);
        disk.Call = (intake.Directory, pulse.Abandon);

        intake.Invoking(it => it.Publish(pulse)).Should().Throw<OperationCanceledException>();

        disk.Call.Should().BeNull("it was given up there");
        cache.Layer().Entries.Exists(Name).Should().BeTrue();
    }

    [Fact]
    public async Task Only_what_was_published_is_said_to_be_stored()
    {
        await using var cache = new TestCache();
        using var first = await TakenAsync(cache, 1);
        using var second = await TakenAsync(cache, 1);

        first.Publish(Entries.Pulse)!.Dispose();
        second.Publish(Entries.Pulse)!.Dispose();

        (first.Stored, second.Stored).Should().Be((1, 0));
    }

    [Fact]
    public async Task Publish_that_gives_nothing_says_why()
    {
        await using var cache = new TestCache();
        cache.Put(Name, Bytes.Random(5_000, 1));
        using var held = cache.TryLease(Name, out _);
        cache.Layer().Entries.Remove(Name, EntryRemoval.Trash, "test").Should().BeTrue();
        using var intake = await TakenAsync(cache, 2);

        intake.Publish(Entries.Pulse).Should().BeNull();

        intake.WhyNotStored.Code.Should().Be(CacheReason.BeingRemoved);
        intake.Stored.Should().Be(0);
    }

    [Fact]
    public async Task Publish_over_what_is_left_of_an_entry_says_so()
    {
        await using var cache = new TestCache();
        cache.Put(Name, Bytes.Random(5_000, 1));
        File.Delete(cache.ManifestOf(Name));
        using var intake = await TakenAsync(cache, 2);

        intake.Publish(Entries.Pulse).Should().BeNull();

        intake.WhyNotStored.Code.Should().Be(CacheReason.BeingRemoved);
    }

    private static async Task<Intake> TakenAsync(TestCache cache, int seed, bool replaces = false)
    {
        cache.Layer().Directory.EnsureOpen();
        var path = cache.WorkPath($"{Guid.NewGuid():N}");
        await File.WriteAllBytesAsync(path, Bytes.Random(6_000, seed));
        File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddMinutes(-5));
        var intake = new Intake(cache, path, replaces);
        (await intake.TakeAsync(CancellationToken.None)).Should().BeTrue();
        return intake;
    }

    private sealed class Intake(TestCache cache, string path, bool replaces) : EntryIntake(cache.Layer(), cache.Manager.SourceStore.Space)
    {
        private StagedEntry? _staged;
        private IReadOnlyList<ManifestFile>? _hashed;

        public int Stored { get; private set; }

        public string Directory => _staged!.Directory;

        public override long Length => _staged!.Length;

        protected override string Key => Name;

        protected override string Name => PublishTests.Name;

        protected override StagedEntry? Staged => _staged;

        protected override bool Replaces => replaces;

        public new EntryLease? Publish(OperationPulse pulse) => base.Publish(pulse);

        public override ValueTask<bool> TakeAsync(CancellationToken cancellationToken)
        {
            _staged = Stage([(path, "source.bin")], Entries.Pulse);
            _hashed = _staged!.Hash(Layer.Hasher, Entries.Pulse);
            return ValueTask.FromResult(true);
        }

        public override void Dispose() => _staged?.Dispose();

        protected override ValueTask<bool> IdentifyAsync(EntrySpace space, CancellationToken cancellationToken) => ValueTask.FromResult(true);

        protected override ValueTask<EntryLease?> NoteAsync(EntryLease? lease) => ValueTask.FromResult(lease);

        protected override ManifestContent Content() => new()
        {
            Created = DateTimeOffset.UtcNow,
            Files = _hashed!,
            Key = new Dictionary<string, string> { ["made"] = "by a test" },
            Properties = new Dictionary<string, string>(),
        };

        protected override bool IsSame(Manifest there) => true;

        protected override void TellUnknown()
        {
        }

        protected override void LogStored(Manifest manifest) => Stored++;

        protected override void LogChangedMeanwhile()
        {
        }

        protected override void LogDatedAhead()
        {
        }

        protected override void Refuse(Reason why) => WhyNotStored = why;

        protected override void RefuseAsTooLarge(long bytes)
        {
        }
    }

    /// <summary>Something happens, once, when a directory is flushed.</summary>
    private sealed class CallAtFlush : ForwardingFileSystem
    {
        public (string Path, Action Then)? Call { get; set; }

        public override void Flush(string path)
        {
            base.Flush(path);
            if (Call is { } call && call.Path == path)
            {
                Call = null;
                call.Then();
            }
        }
    }
}
