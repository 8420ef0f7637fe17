using System.Text;
using SmartCache.History;

namespace SmartCache.Fuzz.Targets;

/// <summary>Lines of request logs.</summary>
internal sealed class RequestLogTarget : IFuzzTarget
{
    private static readonly byte[][] Valid =
    [.. new[]
    {
        "1700000000.000,00000000000000a1,source,5000,12.5,00000000000000b1,get", "1700000001.500,,,,60.0,00000000000000b1,attempt_failed", "1,,,,,b,job_start", "2,,,,,b,job_finished", "3,,,,,b,job_dead",
        "time,key,kind,size,cost_seconds,job_id,event", "1e11,k,profile,9223372036854775807,1e308,j,get", "99999999999,k,source,1,999999999,j,attempt_failed",
    }.Select(Encoding.UTF8.GetBytes)];

    public string Name => "request log";

    public int Weight => 25;

    public void Dispose()
    {
    }

    public void Run(FuzzRandom random)
    {
        var line = random.Chance(80)
            ? Encoding.UTF8.GetString(ByteMutator.Mutate(random.Pick(Valid), random.Pick(Valid), random))
            : string.Join(',', Enumerable.Range(0, 5 + random.Below(4)).Select(_ => HostileText.Make(random)).Append(random.Pick(["get", "attempt_failed", "job_start"])));
        if (!RequestLogFormat.TryParse(line, out var read))
        {
            return;
        }

        var written = RequestLogFormat.Format(read)!;
        FuzzFailureException.Unless(RequestLogFormat.TryParse(written, out var again), $"'{written}' is not read back");
        FuzzFailureException.Unless(again.Kind == read.Kind && again.Size == read.Size && again.EntryKind == read.EntryKind, $"'{written}' is not '{line}'");
    }
}
