using System.Collections.Concurrent;

namespace SmartCache.Tests.Uploads;

/// <summary>Answers by a function, and remembers what it was asked.</summary>
internal sealed class AnsweringPresence(Func<UploadTarget, string, Presence> answer) : IUploadPresence
{
    public ConcurrentQueue<(UploadTarget Target, string Cid)> Asked { get; } = new();

    public ValueTask<Presence> CheckAsync(UploadTarget target, string cid, CancellationToken cancellationToken = default)
    {
        Asked.Enqueue((target, cid));
        return ValueTask.FromResult(answer(target, cid));
    }
}
