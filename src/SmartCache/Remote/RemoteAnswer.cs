using SmartCache.Abstractions;

namespace SmartCache.Remote;

/// <summary>The answer to one question.</summary>
/// <param name="Result">What it came to.</param>
/// <param name="Value">What was asked for, where it was <see cref="RemoteResult.Found"/>.</param>
internal readonly record struct RemoteAnswer<T>(RemoteResult Result, T? Value)
    where T : class;

/// <summary>The words for a result in the line of a stage.</summary>
internal static class RemoteWords
{
    public static string Of(RemoteResult result) => "remote: " + (result switch
    {
        RemoteResult.Found => "there",
        RemoteResult.NotThere => "not there",
        RemoteResult.Resting => "resting",
        RemoteResult.TimedOut => "timed out",
        RemoteResult.TooSlow => "too slow",
        RemoteResult.Wrong => "wrong",
        RemoteResult.Newer => "written by a newer version",
        RemoteResult.Busy => "busy",
        RemoteResult.NoRoom => "no room for it",
        RemoteResult.WouldHaveHit => "would have hit",
        RemoteResult.NotJudged => "could not be judged here",
        RemoteResult.Refused => "refused",
        _ => "failed",
    });

    /// <summary>The same reason with what the remote said behind it.</summary>
    public static Reason Saying(this Reason reason, RemoteResult result) => reason is { Text: "" } ? reason with { Text = Of(result) } : reason with { Text = $"{reason.Text}; {Of(result)}" };
}
