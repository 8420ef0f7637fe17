namespace EncoderWorker.Reporting;

/// <summary>What the cache reported as saved in this run.</summary>
internal sealed record SavedReport(double Seconds, long Bytes);
