namespace SmartCache.FFMpegCore.Results;

/// <summary>What the head of fragmented MP4 says of the pictures. MPEG-TS says it in each segment.</summary>
/// <param name="Clock">Ticks in a second.</param>
/// <param name="Digest">SHA-256 of how the samples are described: size, and what a decoder must know before it can decode them (SPS, PPS and, in HEVC, VPS).</param>
internal sealed record PictureFormat(int Clock, string Digest);
