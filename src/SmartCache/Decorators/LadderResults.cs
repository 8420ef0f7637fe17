using System.Runtime.ExceptionServices;

namespace SmartCache;

/// <summary>What became of the requests of one ladder so far, and who is told.</summary>
internal sealed class LadderResults(IReadOnlyList<EncodeRequest> requests, Func<EncodeRequest, EncodedProfile, Task>? finished)
{
    private readonly EncodedProfile?[] _made = new EncodedProfile?[requests.Count];
    private ExceptionDispatchInfo? _listenerThrew;

    public IReadOnlyList<EncodeRequest> Requests => requests;

    /// <summary>The first request without a result.</summary>
    public int? NextMissing => Array.FindIndex(_made, static made => made is null) is >= 0 and var index ? index : null;

    /// <summary>To be asked when none is missing.</summary>
    public IReadOnlyList<EncodedProfile> All => _made!;

    /// <summary>Whether who is told threw, which passes through the worker's encoder and is no failure of it.</summary>
    public bool ListenerThrew => _listenerThrew is not null;

    /// <summary>Where a request stands that has no result yet.</summary>
    public int? FindMissing(EncodeRequest request) =>
        Enumerable.Range(0, requests.Count).Where(index => _made[index] is null && requests[index] == request).Select(static index => (int?)index).FirstOrDefault();

    public async Task AddAsync(int index, EncodedProfile made)
    {
        _made[index] = made;
        try
        {
            await (finished?.Invoke(requests[index], made) ?? Task.CompletedTask).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            _listenerThrew = ExceptionDispatchInfo.Capture(exception);
            throw;
        }
    }

    public void ThrowIfListenerThrew() => _listenerThrew?.Throw();
}
