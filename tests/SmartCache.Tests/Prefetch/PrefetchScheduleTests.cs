using System.Globalization;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Prefetch;

/// <summary>
/// Random orders of what may happen: announced, vanished, joined, filled up, killed. No job gets another result or does more than without; no entry that a job needs goes for
/// what nobody asked for; and the books of all processes together balance.
/// </summary>
public class PrefetchScheduleTests
{
    private const string Variable = "SMARTCACHE_PREFETCH_SCHEDULES";
    private const int Shards = 4;

    // A part of them in each run; all by `SMARTCACHE_PREFETCH_SCHEDULES=1000`.
    private static readonly int _schedules = int.TryParse(Environment.GetEnvironmentVariable(Variable), CultureInfo.InvariantCulture, out var asked) ? asked : 120;

    public static TheoryData<int> AllShards => [.. Enumerable.Range(0, Shards)];

    [Theory]
    [MemberData(nameof(AllShards))]
    public async Task Books_balance_and_jobs_are_as_they_were(int shard)
    {
        for (var seed = shard; seed < _schedules; seed += Shards)
        {
            await using var schedule = new Schedule(seed);
            try
            {
                await schedule.RunAsync();
            }
            catch (Exception exception)
            {
                throw new InvalidOperationException($"Schedule {seed}: {schedule}", exception);
            }
        }
    }

    private sealed class Schedule(int seed) : IAsyncDisposable
    {
        private const int Videos = 4;
        private readonly Random _random = new(seed);
        private readonly string _root = Directory.CreateTempSubdirectory("smartcache-test-").FullName;
        private readonly List<AheadCache> _processes = [];
        private readonly List<(int Number, PrefetchTicket Ticket)> _tickets = [];
        private readonly List<string> _steps = [];
        private KillableDisk _disk = new();
        private int _fillers = 100;

        private AheadCache Worker => _processes[^1];

        public async Task RunAsync()
        {
            Begin();
            var steps = _random.Next(3, 8);
            for (var step = 0; step < steps; step++)
            {
                await StepAsync();
            }

            await Task.WhenAll(_tickets.Select(static one => one.Ticket.DisposeAsync().AsTask())).Guarded();
            await Task.WhenAll(_tickets.Select(static one => one.Ticket.Completion)).Guarded();
            await BalanceAsync();
        }

        public override string ToString() => string.Join(", ", _steps);

        public async ValueTask DisposeAsync()
        {
            foreach (var process in _processes)
            {
                await process.DisposeAsync();
            }

            Directory.Delete(_root, recursive: true);
        }

        private async Task StepAsync()
        {
            var number = _random.Next(Videos);
            switch (_random.Next(10))
            {
                case 0 or 1 or 2:
                    _steps.Add($"announce {number}");
                    await AnnounceAsync(number);
                    break;
                case 3:
                    _steps.Add($"fetch {number}");
                    await FetchAloneAsync(number);
                    break;
                case 4 or 5:
                    _steps.Add($"job {number}");
                    await DownloadAsync(number);
                    break;
                case 6 when _tickets.Count > 0:
                    _steps.Add("vanish");
                    await _tickets[_random.Next(_tickets.Count)].Ticket.DisposeAsync();
                    break;
                case 7:
                    _steps.Add($"join {number}");
                    await JoinAsync(number);
                    break;
                case 8:
                    _steps.Add("fill up");
                    await FillAsync();
                    break;
                default:
                    _steps.Add("kill");
                    _disk.Kill();
                    _tickets.Clear();
                    Begin();
                    break;
            }
        }

        private void Begin()
        {
            _disk = new KillableDisk();
            _processes.Add(new AheadCache(static settings => settings with { MaxSize = 1_000_000, PrefetchAhead = 8 }, root: _root, fileSystem: _disk));
        }

        private async Task AnnounceAsync(int number)
        {
            var priority = (PrefetchPriority)_random.Next(3);
            _tickets.Add((number, await Worker.AnnounceAsync(number, priority, _random.Next(2) == 0 ? 40_000 : null)));
        }

        // Nothing else happens meanwhile, so whatever goes, goes for it.
        private async Task FetchAloneAsync(int number)
        {
            await Task.WhenAll(_tickets.Select(static one => one.Ticket.Completion)).Guarded();
            var needed = await NeededAsync();
            await AnnounceAsync(number);
            await _tickets[^1].Ticket.Completion.Guarded();
            needed.Except(Worker.Cache.Names()).Should().BeEmpty("no job asked for what was fetched");
        }

        private async Task<List<string>> NeededAsync()
        {
            var needed = await Worker.Manager.Jobs.NeededAsync(DateTimeOffset.UtcNow, CancellationToken.None);
            return [.. Worker.Cache.Names().Where(name => needed!.ContainsKey(name))];
        }

        private async Task DownloadAsync(int number)
        {
            var own = Worker.Own.Order.Count;
            var outcome = await Worker.DownloadAsync(number);
            (Worker.Own.Order.Count - own).Should().Be(outcome == CacheOutcome.Miss ? 1 : 0);
        }

        private async Task JoinAsync(int number)
        {
            await Task.WhenAll(_tickets.Select(static one => one.Ticket.Completion)).Guarded();
            Worker.Ahead.Release(AheadCache.Url(number));
            var gate = Worker.Ahead.Hold(AheadCache.Url(number));
            await AnnounceAsync(number);
            var begun = Worker.Ahead.BegunAsync(AheadCache.Url(number));
            if (await Task.WhenAny(begun, _tickets[^1].Ticket.Completion) == begun)
            {
                var waiting = new ProgressSignal("waiting");
                var own = Worker.Own.Order.Count;
                var job = Worker.Job.DownloadAsync(Worker.Request(number), waiting);
                await waiting.Seen;
                gate.SetResult();
                (await job.Guarded()).Outcome.Should().Be(CacheOutcome.Joined);
                Worker.Own.Order.Count.Should().Be(own, "it was downloading already");
                await Worker.Manager.FlushAsync();
            }

            Worker.Ahead.Release(AheadCache.Url(number));
        }

        private async Task FillAsync()
        {
            for (var filled = 0; filled < 6; filled++)
            {
                await DownloadAsync(_fillers++);
                if (_random.Next(2) == 0)
                {
                    await Worker.Manager.CompleteJobAsync(AheadCache.JobOf(_fillers - 1));
                }
            }
        }

        private async Task BalanceAsync()
        {
            await Worker.Manager.FlushAsync();
            await Worker.BooksAsync();
            var waiting = (await Worker.BooksAsync()).WaitingBytes;
            var books = _processes.ConvertAll(static process => process.Cache.Layer().Meter.Prefetch.Read(0));
            (books.Sum(static one => one.UsedBytes) + books.Sum(static one => one.WastedBytes) + waiting).Should().Be(books.Sum(static one => one.FetchedBytes));
        }
    }
}
