namespace SmartCache.Configuration;

/// <summary>A part of the cache: bytes, or percent of <c>MaxSize</c>. Exactly one is set.</summary>
internal readonly record struct SizeShare(long? Bytes, double? Percent)
{
    public long Of(long maxSize) => Bytes ?? (long)(maxSize * (Percent!.Value / 100));
}
