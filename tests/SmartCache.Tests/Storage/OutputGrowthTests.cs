using SmartCache.Storage;
using SmartCache.Storage.Platform;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Storage;

/// <summary>A sign of life is the stage's own: what others left in a directory that they share says nothing.</summary>
[Trait("Found", "M16")]
public sealed class OutputGrowthTests : IDisposable
{
    private readonly string _output = Directory.CreateTempSubdirectory("smartcache-test-").FullName;
    private readonly DateTimeOffset _began = DateTimeOffset.UtcNow.AddSeconds(-2);

    [Fact]
    public void What_was_there_before_the_stage_began_is_no_growth_and_neither_is_its_end()
    {
        var foreign = Make("job-1/seg.ts", DateTime.UtcNow.AddHours(-1));
        Make("job-2/seg.ts", DateTime.UtcNow.AddHours(-1));
        var growth = new OutputGrowth(FileSystem.Current, _output, _began);

        growth.HasGrown(Entries.Pulse).Should().BeFalse();
        File.Delete(foreign);
        growth.HasGrown(Entries.Pulse).Should().BeFalse();
    }

    [Fact]
    public void New_file_and_one_that_was_written_to_are_growth_once()
    {
        var growth = new OutputGrowth(FileSystem.Current, _output, _began);
        growth.HasGrown(Entries.Pulse).Should().BeFalse();

        var path = Make("720p/seg.ts", DateTime.UtcNow);
        growth.HasGrown(Entries.Pulse).Should().BeTrue();
        growth.HasGrown(Entries.Pulse).Should().BeFalse();
        File.AppendAllText(path, "more");
        growth.HasGrown(Entries.Pulse).Should().BeTrue();
        growth.HasGrown(Entries.Pulse).Should().BeFalse();
    }

    [Fact]
    public void File_that_was_made_before_the_first_look_is_growth()
    {
        Make("seg.ts", DateTime.UtcNow);

        new OutputGrowth(FileSystem.Current, _output, _began).HasGrown(Entries.Pulse).Should().BeTrue();
    }

    [Fact]
    public void Clock_of_a_network_file_system_that_is_behind_hides_no_growth()
    {
        var growth = new OutputGrowth(FileSystem.Current, _output, _began);
        growth.HasGrown(Entries.Pulse).Should().BeFalse();

        Make("seg.ts", DateTime.UtcNow.AddMinutes(-10));

        growth.HasGrown(Entries.Pulse).Should().BeTrue();
    }

    [Fact]
    public void Single_file_grows_with_its_length()
    {
        var path = Make("video.mp4", DateTime.UtcNow.AddHours(-1));
        var growth = new OutputGrowth(FileSystem.Current, path, _began);
        growth.HasGrown(Entries.Pulse).Should().BeFalse("it is still the one that is to be replaced");

        File.AppendAllText(path, "more");

        growth.HasGrown(Entries.Pulse).Should().BeTrue();
        File.Delete(path);
        growth.HasGrown(Entries.Pulse).Should().BeFalse();
    }

    [Fact]
    public void Look_at_a_directory_of_very_many_files_is_bounded_and_can_be_given_up()
    {
        for (var i = 0; i < OutputGrowth.MostVisited + 2_000; i++)
        {
            File.Create(Path.Combine(_output, $"{i}")).Dispose();
        }

        var growth = new OutputGrowth(FileSystem.Current, _output, DateTimeOffset.UtcNow.AddHours(1));
        growth.HasGrown(Entries.Pulse).Should().BeFalse();
        growth.Visited.Should().Be(OutputGrowth.MostVisited);
        growth.HasGrown(Entries.Pulse).Should().BeFalse("which of them are visited says nothing");

        var abandoned = new OperationPulse(TimeProvider.System, CancellationToken.None);
        abandoned.Abandon();
        growth.Invoking(it => it.HasGrown(abandoned)).Should().Throw<OperationCanceledException>();
    }

    public void Dispose() => Directory.Delete(_output, recursive: true);

    private string Make(string name, DateTime time)
    {
        var path = Path.Combine(_output, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, "some");
        File.SetLastWriteTimeUtc(path, time);
        return path;
    }
}
