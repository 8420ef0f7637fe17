namespace EncoderWorker.Jobs;

/// <summary>One stage of one attempt, for the table.</summary>
internal sealed record StageRow(string Stage, string Outcome, double Seconds, long Bytes);
