using System.Text;
using SmartCache.History;
using SmartCache.Storage;

namespace SmartCache.Fuzz.Targets;

/// <summary>Lines of histories: what is read at all reads the same when it is written again.</summary>
internal sealed class HistoryTarget : IFuzzTarget
{
    private static readonly byte[][] Valid =
    [.. new[]
    {
        "1700000000.000 Requested layer=profiles outcome=Miss reason=NoLongerCached key=00000000000000a1 job=00000000000000b1 profile=720p seconds=12.500 cost=12.000 bytes=5000",
        "1700000001.500 RetryExpected job=00000000000000b1 seconds=60.000", "0.000 JobStarted", "9999999999.999 Evicted entry=a bytes=9223372036854775807 limit=MaxSize policy=LRU",
        "1.000 Faulted layer=uploads operation=read%20a%20job failure=IOException%20%3C%20X new=1 =", "2.000 CleanedUp entries=2147483647", "3.000 Later x=y",
    }.Select(Encoding.UTF8.GetBytes)];

    public string Name => "history";

    public int Weight => 25;

    public void Dispose()
    {
    }

    public void Run(FuzzRandom random)
    {
        var line = random.Chance(80)
            ? Encoding.ASCII.GetString(ByteMutator.Mutate(random.Pick(Valid), random.Pick(Valid), random))
            : string.Join(' ', Enumerable.Range(0, 2 + random.Below(4)).Select(_ => HostileText.Make(random)));
        if (HistoryLine.Parse(line) is { } read)
        {
            Check(read, line);
        }

        // Whatever names come from outside: one line, and the same again.
        Check(new HistoryEvent(HistoryEventKind.Requested) { Profile = HostileText.Make(random), Policy = HostileText.Make(random) }, "made");
    }

    private static void Check(HistoryEvent e, string from)
    {
        var text = new StringBuilder();
        HistoryLine.Append(text, e);
        var written = text.ToString();
        FuzzFailureException.Unless(written.All(static c => c is >= ' ' and <= '~'), $"'{written}' is not one line of ASCII");
        FuzzFailureException.Unless(ChecksummedLine.IsIntact(ChecksummedLine.Of(written).AsSpan()[1..^1]), $"'{written}' is not intact");
        FuzzFailureException.Unless(HistoryLine.Parse(written) is { } again && again.Kind == e.Kind && again.Bytes == e.Bytes && again.Entries == e.Entries, $"'{written}' is not '{from}'");
    }
}
