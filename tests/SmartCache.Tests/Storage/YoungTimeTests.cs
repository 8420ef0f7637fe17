using SmartCache.Storage;
using SmartCache.Storage.Platform;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Storage;

/// <summary>Whether a time is a witness is decided by the look before the read: it may have settled while a large file was read, and the write was before that.</summary>
public sealed class YoungTimeTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Fact]
    [Trait("Found", "M2e")]
    public void Hash_of_a_file_whose_time_settled_only_while_it_was_read_is_not_remembered()
    {
        var hasher = new ContentHasher(FileSystem.Current);
        var young = Young();
        using var handle = FileSystem.Current.OpenRead(_path);
        Settle();

        hasher.HashOpen(handle, young, Entries.Pulse).Should().NotBeNull();

        hasher.Recall(young).Should().BeNull();
    }

    [Fact]
    [Trait("Found", "M2e")]
    public void Parsed_file_whose_time_settled_only_while_it_was_read_is_not_remembered()
    {
        var files = new KnownFiles<string>(capacity: 2);
        var young = Young();
        Settle();

        files.Remember(FileSystem.Current, _path, young, "parsed");

        files.Recall(young).Should().BeNull();
    }

    [Fact]
    [Trait("Found", "M2e")]
    public void File_that_was_just_written_is_waited_for_and_then_remembered()
    {
        var hasher = new ContentHasher(FileSystem.Current);
        Young();

        var hash = hasher.HashFile(_path, Entries.Pulse, out var facts);

        facts.IsSettled.Should().BeTrue();
        hasher.Recall(facts).Should().Be(hash);
    }

    private FileFacts Young()
    {
        // Looked at within the 10 ms, however busy the machine is.
        while (true)
        {
            File.WriteAllText(_path, "young");
            if (FileSystem.Current.Stat(_path) is { IsSettled: false } young)
            {
                return young;
            }
        }
    }

    private void Settle() => SpinWait.SpinUntil(() => FileSystem.Current.Stat(_path) is { IsSettled: true });
}
