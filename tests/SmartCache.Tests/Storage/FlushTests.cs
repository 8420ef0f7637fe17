using SmartCache.Storage.Platform;

namespace SmartCache.Tests.Storage;

public class FlushTests
{
    [Fact]
    public void Large_flush_shows_signs_of_life_all_along()
    {
        var path = Path.GetTempFileName();
        try
        {
            using (var file = File.OpenWrite(path))
            {
                var piece = new byte[16 << 20];
                for (var i = 0; i < 4; i++)
                {
                    file.Write(piece);
                }
            }

            var clock = new CountingClock();
            var pulse = new OperationPulse(clock, CancellationToken.None);
            FileSystem.Current.Flush(path, pulse);

            clock.Looks.Should().BeGreaterThanOrEqualTo(5, "each 16 MB that reached the disk is one, so that a slow disk is no hung one");
        }
        finally
        {
            File.Delete(path);
        }
    }

    private sealed class CountingClock : TimeProvider
    {
        public int Looks { get; private set; }

        public override long GetTimestamp()
        {
            Looks++;
            return base.GetTimestamp();
        }
    }
}
