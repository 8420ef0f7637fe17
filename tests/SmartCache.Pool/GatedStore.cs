namespace SmartCache.Pool;

/// <summary>Holds every upload of a source until it is told to let them go.</summary>
internal sealed class GatedStore(IObjectStore inner) : IObjectStore
{
    private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _waits = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string Description => inner.Description;

    /// <summary>Ends when an upload waits.</summary>
    public Task Waits => _waits.Task;

    public void Open() => _open.TrySetResult();

    public ValueTask<ObjectRead?> GetAsync(string name, ObjectRange? range, string? ifTag, CancellationToken cancellationToken = default) => inner.GetAsync(name, range, ifTag, cancellationToken);

    public ValueTask<ObjectEntry?> StatAsync(string name, CancellationToken cancellationToken = default) => inner.StatAsync(name, cancellationToken);

    public async ValueTask<ObjectPut> PutAsync(string name, IObjectBody body, PutCondition condition, CancellationToken cancellationToken = default)
    {
        if (name.Contains("/sources/", StringComparison.Ordinal))
        {
            _waits.TrySetResult();
            await _open.Task.WaitAsync(cancellationToken);
        }

        return await inner.PutAsync(name, body, condition, cancellationToken);
    }

    public ValueTask DeleteAsync(string name, string? ifTag, CancellationToken cancellationToken = default) => inner.DeleteAsync(name, ifTag, cancellationToken);

    public ValueTask<bool> TouchAsync(string name, CancellationToken cancellationToken = default) => inner.TouchAsync(name, cancellationToken);

    public IAsyncEnumerable<ObjectEntry> ListAsync(string prefix, CancellationToken cancellationToken = default) => inner.ListAsync(prefix, cancellationToken);
}
