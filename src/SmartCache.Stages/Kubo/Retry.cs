namespace SmartCache.Stages.Kubo;

/// <summary>Several attempts with growing waits between them.</summary>
internal sealed class Retry(KuboOptions options, TimeProvider time, Action alive)
{
    private const int MaxUnanswered = 2;

    /// <param name="attempt">The work; gets the number of the attempt, from 1.</param>
    /// <param name="givenUp">Whether a further attempt makes no more sense, asked after each failure.</param>
    /// <param name="cancellationToken">Ends the attempts and the waits.</param>
    public async Task<T> RunAsync<T>(Func<int, Task<T>> attempt, Func<bool> givenUp, CancellationToken cancellationToken)
    {
        var unanswered = 0;
        for (var number = 1; ; number++)
        {
            try
            {
                return await attempt(number).ConfigureAwait(false);
            }
            catch (KuboException exception) when (exception.IsTransient && number < options.Attempts && !givenUp()
                && (!exception.IsTimeout || ++unanswered < MaxUnanswered))
            {
                alive();
                await Task.Delay(DelayAfter(number, exception.RetryAfter), time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    // Jitter keeps the files of one upload, and the workers of one host, from coming back all at once.
    private TimeSpan DelayAfter(int number, TimeSpan? asked)
    {
        var delay = options.RetryDelay * Math.Pow(2, number - 1) * (0.75 + Random.Shared.NextDouble() / 2);
        delay = asked > delay ? asked.Value : delay;
        return delay < options.MaxRetryDelay ? delay : options.MaxRetryDelay;
    }
}
