using SmartCache.Storage;
using SmartCache.Storage.Platform;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Storage;

public class ThrownAwayStagingTests
{
    /// <summary>The boundary looks for a beat: a delete of thousands of files that gives none is taken for a disk that hangs.</summary>
    [Theory]
    [InlineData(3)]
    [InlineData(300)]
    public async Task Each_file_that_is_deleted_is_a_sign_of_life(int files)
    {
        await using var cache = new TestCache();
        cache.ProfileLayer().Directory.EnsureOpen();
        using var staged = new StagedEntry(cache.ProfileLayer().Directory, cache.ProfileLayer().Transfer);
        for (var i = 0; i < files; i++)
        {
            var path = cache.WorkPath($"seg_{i:D5}.ts");
            await File.WriteAllBytesAsync(path, [1]);
            staged.Take(path, $"files/{Path.GetFileName(path)}");
        }

        var clock = new CountedLooks();
        staged.TryThrowAway(new OperationPulse(clock, CancellationToken.None)).Should().BeTrue();

        clock.Looks.Should().BeGreaterThanOrEqualTo(files);
        Directory.Exists(staged.Directory).Should().BeFalse();
    }

    [Fact]
    public async Task What_is_left_when_nobody_waits_any_more_lies_in_the_trash()
    {
        await using var cache = new TestCache();
        cache.Layer().Directory.EnsureOpen();
        using var staged = new StagedEntry(cache.Layer().Directory, cache.Layer().Transfer);
        await File.WriteAllBytesAsync(cache.WorkPath("a"), [1]);
        staged.Take(cache.WorkPath("a"), "a");
        var pulse = OperationPulse.Unwatched(CancellationToken.None);
        pulse.Abandon();

        staged.Invoking(entry => entry.TryThrowAway(pulse)).Should().Throw<OperationCanceledException>();

        Directory.Exists(staged.Directory).Should().BeFalse();
        Directory.GetDirectories(cache.Layer().Directory.Trash).Should().ContainSingle();
    }

    private sealed class CountedLooks : TimeProvider
    {
        private int _looks;

        public int Looks => _looks;

        public override long GetTimestamp()
        {
            Interlocked.Increment(ref _looks);
            return base.GetTimestamp();
        }
    }
}
