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

    [Fact]
    public void Fault_that_several_threads_meet_at_one_moment_is_said_once()
    {
        const int Threads = 4, Rounds = 3_000;
        var logs = Enumerable.Range(0, Rounds).Select(_ => new ListLogger()).ToList();
        var faults = logs.ConvertAll(log => new FaultLog(log, _meter, _time));
        using var together = new Barrier(Threads);
        var threads = Enumerable.Range(0, Threads).Select(_ => new Thread(() =>
        {
            foreach (var round in faults)
            {
                together.SignalAndWait();
                round.Report("quota", FaultLog.Opening, new IOException("bad sector", Eio));
            }
        })).ToList();

        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());

        logs.Should().OnlyContain(log => log.Of(400).Count() == 1);
    }

    public void Dispose() => _meter.Dispose();
}
