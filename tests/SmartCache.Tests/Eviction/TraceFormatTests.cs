using SmartCache.Simulation;
using static SmartCache.Tests.Eviction.Candidates;

namespace SmartCache.Tests.Eviction;

public class TraceFormatTests
{
    [Fact]
    public void Log_line_reads_back_as_the_same_event_with_hashed_names()
    {
        var request = Request("the entry", "the job", 1.5, EntryKind.Source) with { Size = 123, CostSeconds = 45.6 };
        var line = TraceFormat.Format(request)!;
        line.Should().NotContain("the").And.EndWith(",get");
        TraceFormat.TryParse(line, out var read).Should().BeTrue();
        read.Time.Should().Be(request.Time);
        (read.Size, read.CostSeconds, read.EntryKind).Should().Be((123, 45.6, EntryKind.Source));
        read.Key.Should().HaveLength(16);
        read.JobId.Should().HaveLength(16).And.NotBe(read.Key);
    }

    [Fact]
    public void Log_line_of_an_expected_retry_keeps_its_delay()
    {
        var line = TraceFormat.Format(Job(CacheEventKind.RetryExpected, "job", 1, retryAt: 1.5))!;
        TraceFormat.TryParse(line, out var read).Should().BeTrue();
        read.RetryAt.Should().Be(At(1.5));
    }

    [Fact]
    public void Log_leaves_out_what_the_simulator_decides_itself() =>
        TraceFormat.Format(new CacheEvent(CacheEventKind.Evicted, At(0)) { Key = "k" }).Should().BeNull();

    [Theory]
    [InlineData("")]
    [InlineData("time,key,kind,size,cost_seconds,job_id,event")]
    [InlineData("1.0,k,source,5,1.0,j,got")]
    [InlineData("1.0,k,source,5,1.0,j")]
    [InlineData("1.0,k,source,5,1.0,j,get,more")]
    [InlineData("1.0,,source,5,1.0,j,get")]
    [InlineData("1.0,k,source,-5,1.0,j,get")]
    [InlineData("NaN,k,source,5,1.0,j,get")]
    [InlineData("1e300,k,source,5,1.0,j,get")]
    public void Torn_or_foreign_line_is_passed_over(string line) => TraceFormat.TryParse(line, out _).Should().BeFalse();
}
