namespace EncoderWorker.Reporting;

/// <summary>What a queue of jobs came to.</summary>
/// <param name="Ahead">How many sources were announced.</param>
/// <param name="Jobs">How many jobs ran, one after the other.</param>
/// <param name="OriginSeconds">How long the origin takes for a source.</param>
/// <param name="Seconds">From the first announcement to the last upload.</param>
internal sealed record QueueReport(int Ahead, int Jobs, double OriginSeconds, double Seconds);
