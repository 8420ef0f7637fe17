namespace SmartCache;

/// <summary>What became of the requests of one ladder so far, and who is told.</summary>
internal sealed class LadderResults(IReadOnlyList<EncodeRequest> requests, Func<EncodeRequest, EncodedProfile, Task>? finished)
{
    private readonly EncodedProfile?[] _made = new EncodedProfile?[requests.Count];
    private readonly Queue<int> _untold = new();

    public IReadOnlyList<EncodeRequest> Requests => requests;

    /// <summary>The first request without a result.</summary>
    public int? NextMissing => Array.FindIndex(_made, static made => made is null) is >= 0 and var index ? index : null;

    /// <summary>To be asked when none is missing.</summary>
    public IReadOnlyList<EncodedProfile> All => _made!;

    /// <summary>Where a request stands that has no result yet.</summary>
    public int? FindMissing(EncodeRequest request) =>
        Enumerable.Range(0, requests.Count).Where(index => _made[index] is null && requests[index] == request).Select(static index => (int?)index).FirstOrDefault();

    public void Add(int index, EncodedProfile made)
    {
        _made[index] = made;
        _untold.Enqueue(index);
    }

    /// <summary>Tells of what was added since the last time. While no key is held: whoever is told may take hours, and others wait for a key that is held.</summary>
    public async Task TellAsync()
    {
        while (_untold.TryDequeue(out var index))
        {
            await (finished?.Invoke(requests[index], _made[index]!) ?? Task.CompletedTask).ConfigureAwait(false);
        }
    }
}
