using System.Diagnostics;
using SmartCache.Storage;

namespace SmartCache.Tests.Storage;

/// <summary>Stops whoever hashes a file, at a beat in the middle of it, until the test lets it go on.</summary>
internal sealed class HashingGate : TimeProvider, IDisposable
{
    private readonly ManualResetEventSlim _open = new(false);
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Somebody hashes.</summary>
    public Task Reached => _reached.Task.WaitAsync(TimeSpan.FromSeconds(60));

    public override long GetTimestamp()
    {
        if (!_open.IsSet && new StackTrace().GetFrames().Any(frame => frame.GetMethod()?.DeclaringType == typeof(ContentHasher)))
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
