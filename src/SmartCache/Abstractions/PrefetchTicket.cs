namespace SmartCache;

/// <summary>An announcement, for as long as whoever made it wants it.</summary>
/// <remarks>
/// Disposing says that it is no longer wanted: what has not begun does not begin, what runs is ended unless a job has joined it, and what was stored loses its
/// protection unless its job has asked for it. Who announces the same twice has two tickets of one download, which goes with the last of them. Disposing twice does nothing; a ticket that is never disposed of is over when its job ends.
/// </remarks>
/// <param name="completion">What <see cref="Completion"/> gives; for tests of a job with a cache of their own.</param>
public sealed class PrefetchTicket(Task<PrefetchOutcome> completion) : IAsyncDisposable
{
    private Func<ValueTask>? _withdraw;

    internal PrefetchTicket(Task<PrefetchOutcome> completion, Func<ValueTask> withdraw)
        : this(completion) => _withdraw = withdraw;

    /// <summary>What became of it. Never faults and is never cancelled.</summary>
    public Task<PrefetchOutcome> Completion { get; } = completion;

    /// <summary>It is no longer wanted.</summary>
    public ValueTask DisposeAsync() => Interlocked.Exchange(ref _withdraw, null)?.Invoke() ?? ValueTask.CompletedTask;
}
