using SmartCache.Space;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Space;

/// <summary>What lies beside the entries is counted without a fault, and for a part without a look at all other parts.</summary>
public sealed class PartialsUsageTests : IDisposable
{
    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("smartcache-partials-");
    private readonly Disk _disk = new();
    private readonly DrivenTime _time = new();

    private string Root => Path.Combine(_home.FullName, "partials");

    [Fact]
    public void Directory_that_is_not_there_takes_nothing_and_is_not_listed()
    {
        Usage().Measure(Entries.Pulse).Should().Be(0);

        _disk.Listed.Should().Be(0, "each entry that is stored would throw an exception");
    }

    [Fact]
    public void Link_takes_nothing_of_the_caches()
    {
        var elsewhere = _home.CreateSubdirectory("elsewhere").FullName;
        File.WriteAllBytes(Path.Combine(elsewhere, "large"), Bytes.Random(100_000));
        Directory.CreateSymbolicLink(Root, elsewhere);

        Usage().Measure(Entries.Pulse).Should().Be(0);
    }

    [Fact]
    public void Directory_that_cannot_be_listed_takes_what_it_took_before()
    {
        Put("a");
        var usage = Usage();
        var before = usage.Measure(Entries.Pulse);
        before.Should().BeGreaterThanOrEqualTo(100_000);
        _disk.IsSick = true;

        usage.Measure(Entries.Pulse).Should().Be(before);
    }

    [Fact]
    public void Part_asks_again_after_some_seconds_and_an_entry_each_time()
    {
        Put("a");
        var usage = Usage();
        var first = usage.MeasureForPart(Entries.Pulse);
        Put("b");
        usage.MeasureForPart(Entries.Pulse).Should().Be(first);
        usage.Add(7);
        usage.MeasureForPart(Entries.Pulse).Should().Be(first + 7);
        _disk.Listed.Should().Be(1);

        usage.Measure(Entries.Pulse).Should().Be(2 * first);

        Put("c");
        _time.Advance(TimeSpan.FromSeconds(6));
        usage.MeasureForPart(Entries.Pulse).Should().Be(3 * first);
    }

    [Fact]
    public async Task Encode_that_records_many_parts_does_not_look_at_all_of_them_for_each()
    {
        await using var job = await CheckpointedJob.StartAsync(new TestCache(CheckpointedJob.On, fileSystem: _disk));
        await job.DieAsync(before: 1);
        _disk.Listed = 0;
        var clock = System.Diagnostics.Stopwatch.StartNew();

        await job.DieAsync(before: 40, new SmartCache.Worker.SegmentEncoder { Segments = 41 });

        job.Parts.Should().HaveCountGreaterThanOrEqualTo(40);
        _disk.Listed.Should().BeLessThan(10 + (int)clock.Elapsed.TotalSeconds);
    }

    public void Dispose() => _home.Delete(recursive: true);

    private PartialsUsage Usage() => new(_disk, _time, [Root]);

    private void Put(string name) => File.WriteAllBytes(Path.Combine(Directory.CreateDirectory(Root).FullName, name), Bytes.Random(100_000));

    private sealed class Disk : ForwardingFileSystem
    {
        public int Listed { get; set; }

        public bool IsSick { get; set; }

        public override IEnumerable<string> ListFiles(string directory, EnumerationOptions options)
        {
            Listed += directory.EndsWith("/partials", StringComparison.Ordinal) ? 1 : 0;
            return IsSick ? throw new IOException("Input/output error", 5) : base.ListFiles(directory, options);
        }
    }
}
