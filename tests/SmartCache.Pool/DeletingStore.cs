namespace SmartCache.Pool;

/// <summary>Deletes at random what is being read: the answer has begun, and what is asked for after it is not there any more.</summary>
internal sealed class DeletingStore(IObjectStore inner, Random random, int oneOf) : IObjectStore
{
    private readonly Lock _gate = new();
    private int _deleted;

    public string Description => inner.Description;

    public int Deleted => Volatile.Read(ref _deleted);

    public async ValueTask<ObjectRead?> GetAsync(string name, ObjectRange? range, string? ifTag, CancellationToken cancellationToken = default)
    {
        var read = await inner.GetAsync(name, range, ifTag, cancellationToken);
        if (read is not null && ifTag is null && Chosen())
        {
            await inner.DeleteAsync(name, null, cancellationToken);
            Interlocked.Increment(ref _deleted);
        }

        return read;
    }

    public ValueTask<ObjectEntry?> StatAsync(string name, CancellationToken cancellationToken = default) => inner.StatAsync(name, cancellationToken);

    public ValueTask<ObjectPut> PutAsync(string name, IObjectBody body, PutCondition condition, CancellationToken cancellationToken = default) => inner.PutAsync(name, body, condition, cancellationToken);

    public ValueTask DeleteAsync(string name, string? ifTag, CancellationToken cancellationToken = default) => inner.DeleteAsync(name, ifTag, cancellationToken);

    public ValueTask<bool> TouchAsync(string name, CancellationToken cancellationToken = default) => inner.TouchAsync(name, cancellationToken);

    public IAsyncEnumerable<ObjectEntry> ListAsync(string prefix, CancellationToken cancellationToken = default) => inner.ListAsync(prefix, cancellationToken);

    private bool Chosen()
    {
        lock (_gate)
        {
            return random.Next(oneOf) == 0;
        }
    }
}
