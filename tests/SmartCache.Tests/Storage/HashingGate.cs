using System.Diagnostics;
using SmartCache.Storage;

namespace SmartCache.Tests.Storage;

/// <summary>Stops whoever hashes a file, at a beat in the middle of it, until the test lets it go on.</summary>
/// <param name="beats">How many beats pass before: a file has one for each 1 MiB of it, and one at its end.</param>
internal sealed class HashingGate(int beats = 0) : TimeProvider, IDisposable
{
    private readonly ManualResetEventSlim _open = new(false);
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _passed;

    /// <summary>Somebody hashes.</summary>
    public Task Reached => _reached.Task.WaitAsync(TimeSpan.FromSeconds(60));

    public override long GetTimestamp()
    {
        if (!_open.IsSet
            && new StackTrace().GetFrames().Any(frame => frame.GetMethod()?.DeclaringType == typeof(ContentHasher))
            && Interlocked.Increment(ref _passed) > beats)
        {
            _reached.TrySetResult();
            _open.Wait(TimeSpan.FromSeconds(60));
        }

        return base.GetTimestamp();
    }

    public void Open() => _open.Set();

    public void Dispose()
    {
        _open.Set();
        _open.Dispose();
    }
}
