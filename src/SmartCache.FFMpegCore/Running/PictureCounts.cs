namespace SmartCache.FFMpegCore.Running;

/// <summary>How ffmpeg kept the rate until now.</summary>
/// <param name="Doubled">Pictures that it doubled.</param>
/// <param name="Dropped">Pictures that it dropped.</param>
/// <param name="Since">How many pictures were written when both were first seen as they are.</param>
internal readonly record struct PictureCounts(long Doubled, long Dropped, long Since)
{
    public bool IsNone => Doubled == 0 && Dropped == 0;
}
