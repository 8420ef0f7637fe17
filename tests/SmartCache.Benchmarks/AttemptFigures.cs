using System.Globalization;

namespace SmartCache.Benchmarks;

/// <summary>What one attempt came to; crosses from one process to the other as a line of numbers. Times in seconds, memory in bytes.</summary>
internal sealed record AttemptFigures(double Seconds, double StageProcessor, double OtherProcessor, double Compiling, double OnPath, double ProcessorOnPath, long PeakMemory)
{
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Seconds:R} {StageProcessor:R} {OtherProcessor:R} {Compiling:R} {OnPath:R} {ProcessorOnPath:R} {PeakMemory}");

    public static AttemptFigures Parse(string line)
    {
        var parts = line.Split(' ', StringSplitOptions.TrimEntries);
        return new AttemptFigures(Number(0), Number(1), Number(2), Number(3), Number(4), Number(5), (long)Number(6));

        double Number(int index) => double.Parse(parts[index], CultureInfo.InvariantCulture);
    }
}
