using System.Diagnostics.CodeAnalysis;

namespace SmartCache.FFMpegCore.Resuming;

/// <summary>An encode cannot go on from its parts, and begins anew. It never leaves the stage.</summary>
/// <param name="reason">A part of a sentence.</param>
[SuppressMessage("Design", "CA1032", Justification = "It never leaves the stage.")]
internal sealed class ResumeException(string reason) : Exception(reason)
{
    /// <summary>The parts are wrong, and not only of no use.</summary>
    public bool IsProof { get; init; }

    /// <summary>Another way to cut the source may succeed.</summary>
    public bool IsOfCut { get; init; }
}
