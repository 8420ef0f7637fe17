using SmartCache.Abstractions;
using SmartCache.Storage;
using SmartCache.Storage.Platform;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Storage;

/// <summary>A file is read once, and what was read of a file that changed meanwhile is nothing.</summary>
public sealed class ContentHasherTests : IDisposable
{
    private const long Second = 1_000_000_000;

    private readonly string _root = Directory.CreateTempSubdirectory("smartcache-test-").FullName;
    private readonly OperationPulse _pulse = OperationPulse.Unwatched(CancellationToken.None);
    private int _told;

    private string FilePath => Path.Combine(_root, "video.mp4");

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void File_that_looks_the_same_is_not_read_again()
    {
        var hasher = new ContentHasher(FileSystem.Current);
        File.WriteAllText(FilePath, "one");
        File.SetLastWriteTimeUtc(FilePath, DateTime.UtcNow.AddMinutes(-5));
        var first = hasher.HashFile(FilePath, _pulse);

        Entries.FlipSilently(FilePath);

        hasher.HashFile(FilePath, _pulse).Should().Be(first, "nothing says that somebody wrote to it");
        new ContentHasher(FileSystem.Current).HashFile(FilePath, _pulse).Should().NotBe(first, "it was written to nevertheless");
    }

    [Fact]
    public void File_that_is_another_one_after_it_was_read_has_no_hash_and_none_is_remembered()
    {
        var hasher = new ContentHasher(FileSystem.Current);
        File.WriteAllText(FilePath, "one");
        File.SetLastWriteTimeUtc(FilePath, DateTime.UtcNow.AddMinutes(-5));
        using var handle = FileSystem.Current.OpenRead(FilePath);
        var now = FileSystem.Current.Stat(handle);

        // As it looked before somebody made it a byte shorter.
        var before = now with { Length = now.Length + 1 };

        hasher.HashOpen(handle, before, _pulse).Should().BeNull();
        hasher.Recall(before).Should().BeNull();
        hasher.Recall(now).Should().BeNull();
        hasher.HashOpen(handle, now, _pulse).Should().NotBeNull();
        hasher.Recall(now).Should().NotBeNull();
    }

    [Fact]
    public async Task Wait_for_a_file_of_a_whole_second_is_told_once_and_for_no_other()
    {
        var hasher = new ContentHasher(FileSystem.Current, () => _told++);
        var ahead = DateTimeOffset.UtcNow.AddHours(1).ToUnixTimeSeconds() * Second;

        (await hasher.SettleAsync(new FileFacts { ModifiedNanoseconds = ahead, IsSettled = true }, default)).Should().BeTrue("it was old enough when it was looked at");
        (await hasher.SettleAsync(new FileFacts { ModifiedNanoseconds = ahead + 1_000 }, default)).Should().BeFalse("it lies in the future");
        _told.Should().Be(0);

        (await hasher.SettleAsync(new FileFacts { ModifiedNanoseconds = ahead }, default)).Should().BeFalse();
        (await hasher.SettleAsync(new FileFacts { ModifiedNanoseconds = ahead }, default)).Should().BeFalse();
        _told.Should().Be(1);
    }

    [Fact]
    public void Hash_that_has_to_wait_for_a_file_of_a_whole_second_tells_it()
    {
        var hasher = new ContentHasher(FileSystem.Current, () => _told++);
        File.WriteAllText(FilePath, "one");
        File.SetLastWriteTimeUtc(FilePath, DateTimeOffset.FromUnixTimeSeconds(DateTimeOffset.UtcNow.AddHours(1).ToUnixTimeSeconds()).UtcDateTime);

        hasher.HashFile(FilePath, _pulse, out var facts).Should().NotBeNull();

        facts.IsSettled.Should().BeFalse();
        _told.Should().Be(1);
    }

    [Theory]
    [InlineData("HardLink")]
    [InlineData("Copy")]
    public async Task Bytes_of_a_hit_are_known_to_the_next_stage_without_being_read(string mode)
    {
        await using var cache = new TestCache(settings => settings with { Materialize = Enum.Parse<MaterializeMode>(mode) });
        var bytes = Bytes.Random(5_000);
        using var lease = cache.Publish(Entries.Name, ("source.bin", bytes))!;

        cache.Layer().Materializer.File(lease, 0, cache.WorkPath("video.mp4"), _pulse);

        var placed = FileSystem.Current.Stat(cache.WorkPath("video.mp4"))!.Value;
        placed.IsSettled.Should().BeTrue("a hit has the time of the entry or was settled");
        cache.Layer().Hasher.Recall(placed).Should().Be(Bytes.Sha256(bytes));
    }
}
