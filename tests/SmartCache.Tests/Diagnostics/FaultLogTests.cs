using SmartCache.Diagnostics;
using SmartCache.Layers;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Diagnostics;

public sealed class FaultLogTests : IDisposable
{
    private const int Eio = 5, Enospc = 28;
    private readonly ListLogger _log = new();
    private readonly CacheMeter _meter = new();
    private readonly DrivenTime _time = new();
    private readonly FaultLog _faults;

    public FaultLogTests() => _faults = new FaultLog(_log, _meter, _time);

    [Fact]
    public void One_place_that_the_disk_does_not_give_is_not_said_to_work_again_by_those_that_it_gives()
    {
        for (var minute = 0; minute < 14; minute += 2)
        {
            _faults.Report("sources", "find", new IOException("bad sector", Eio));
            _time.Advance(TimeSpan.FromMinutes(2));
            _faults.Succeeded("sources", "find");
        }

        _log.Of(400).Should().ContainSingle();
        _log.Of(401).Should().BeEmpty();

        _time.Advance(TimeSpan.FromMinutes(14));
        _faults.Succeeded("sources", "find");
        _log.Of(401).Should().ContainSingle().Which.Should().Contain("after 7 fault(s)");
    }

    [Fact]
    public void Disk_that_was_full_works_again_a_minute_later()
    {
        _faults.Report("sources", "find", new IOException("full", Enospc));
        _time.Advance(TimeSpan.FromMinutes(2));

        _faults.Succeeded("sources", "find");

        _log.Of(401).Should().ContainSingle();
    }

    public void Dispose() => _meter.Dispose();
}
