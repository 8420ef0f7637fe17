using SmartCache.Stages.Kubo;

namespace SmartCache.Tests.Stages.Kubo;

public sealed class UploadMeterTests
{
    [Fact]
    public async Task Files_sent_at_once_report_one_at_a_time_and_in_order()
    {
        const int Senders = 4, Reports = 50_000;
        var listener = new OrderListener();
        var meter = new UploadMeter(listener, Senders * Reports);

        using var together = new Barrier(Senders);
        await Task.WhenAll(Enumerable.Range(0, Senders).Select(_ => Task.Factory.StartNew(Send, TaskCreationOptions.LongRunning)));

        listener.Count.Should().Be(Senders * (Reports + 1));
        listener.Disorders.Should().Be(0);

        void Send()
        {
            together.SignalAndWait();
            using var request = meter.Begin();
            for (var i = 0; i < Reports; i++)
            {
                request.Sent(1);
            }

            meter.Confirmed(0);
        }
    }

    [Fact]
    public void What_a_target_had_been_sent_is_not_counted_again_for_the_next_one()
    {
        var progress = new ProgressList();
        var meter = new UploadMeter(progress, 100);
        var request = meter.Begin();
        request.Sent(60);
        request.Dispose();

        meter.Restart(10);
        // Of the request that was given up, whose body HttpClient still writes.
        request.Sent(40);
        request.Dispose();
        using (var second = meter.Begin())
        {
            second.Sent(55);
        }

        meter.Confirmed(90);
        progress.Reports.Select(report => report.Bytes).Should().Equal(60, 60, 65, 100);
        progress.Reports.Select(report => report.Fraction).Should().Equal(0.6, 0.6, 0.65, 1);
    }

    [Fact]
    public void Listener_that_throws_once_is_called_again()
    {
        var throws = true;
        var progress = new ProgressList
        {
            OnReport = _ =>
            {
                if (throws)
                {
                    throw new InvalidOperationException("The worker's own.");
                }
            },
        };
        var meter = new UploadMeter(progress, 100);
        meter.Invoking(m => m.Report("verify")).Should().Throw<InvalidOperationException>();
        throws = false;

        meter.Confirmed(100);

        progress.Reports[^1].Should().BeEquivalentTo(new { Phase = "upload", Bytes = 100L, TotalBytes = 100L, Fraction = 1.0 });
    }

    private sealed class OrderListener : IProgress<StageProgress>
    {
        private int _inside;
        private long _last;
        private int _count;
        private int _disorders;

        public int Count => _count;

        public int Disorders => _disorders;

        public void Report(StageProgress value)
        {
            if (Interlocked.Increment(ref _inside) != 1 | Interlocked.Exchange(ref _last, value.Bytes!.Value) > value.Bytes)
            {
                Interlocked.Increment(ref _disorders);
            }

            Interlocked.Increment(ref _count);
            Interlocked.Decrement(ref _inside);
        }
    }
}
