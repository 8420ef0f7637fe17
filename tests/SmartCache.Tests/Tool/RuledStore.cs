using SmartCache.Tests.Remote;

namespace SmartCache.Tests.Tool;

/// <summary>A store in memory with rules.</summary>
internal sealed class RuledStore(MemoryObjectStore store) : IObjectStore, IObjectStoreRules
{
    public ObjectStoreRules Rules { get; set; } = new();

    public string Description => store.Description;

    public ValueTask<ObjectRead?> GetAsync(string name, ObjectRange? range, string? ifTag, CancellationToken cancellationToken = default) => store.GetAsync(name, range, ifTag, cancellationToken);

    public ValueTask<ObjectEntry?> StatAsync(string name, CancellationToken cancellationToken = default) => store.StatAsync(name, cancellationToken);

    public ValueTask<ObjectPut> PutAsync(string name, IObjectBody body, PutCondition condition, CancellationToken cancellationToken = default) => store.PutAsync(name, body, condition, cancellationToken);

    public ValueTask DeleteAsync(string name, string? ifTag, CancellationToken cancellationToken = default) => store.DeleteAsync(name, ifTag, cancellationToken);

    public ValueTask<bool> TouchAsync(string name, CancellationToken cancellationToken = default) => store.TouchAsync(name, cancellationToken);

    public IAsyncEnumerable<ObjectEntry> ListAsync(string prefix, CancellationToken cancellationToken = default) => store.ListAsync(prefix, cancellationToken);

    public ValueTask<ObjectStoreRules> ReadRulesAsync(string prefix, CancellationToken cancellationToken = default) => ValueTask.FromResult(Rules);

    public ValueTask WriteRulesAsync(string prefix, ObjectStoreRules rules, CancellationToken cancellationToken = default)
    {
        Rules = rules;
        return ValueTask.CompletedTask;
    }

    public ValueTask<int> AbortUploadsAsync(string prefix, TimeSpan age, CancellationToken cancellationToken = default) => ValueTask.FromResult(0);
}
