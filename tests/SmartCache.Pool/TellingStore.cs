using System.Diagnostics;
using System.Globalization;

namespace SmartCache.Pool;

/// <summary>Says which questions were not answered, so that a round that came out wrong can be understood.</summary>
internal sealed class TellingStore(IObjectStore inner) : IObjectStore
{
    public string Description => inner.Description;

    public ValueTask<ObjectRead?> GetAsync(string name, ObjectRange? range, string? ifTag, CancellationToken cancellationToken = default) =>
        TellAsync("get", name, () => inner.GetAsync(name, range, ifTag, cancellationToken));

    public ValueTask<ObjectEntry?> StatAsync(string name, CancellationToken cancellationToken = default) => TellAsync("stat", name, () => inner.StatAsync(name, cancellationToken));

    public ValueTask<ObjectPut> PutAsync(string name, IObjectBody body, PutCondition condition, CancellationToken cancellationToken = default) =>
        TellAsync("put", name, () => inner.PutAsync(name, body, condition, cancellationToken));

    public async ValueTask DeleteAsync(string name, string? ifTag, CancellationToken cancellationToken = default) => await TellAsync("delete", name, async () =>
    {
        await inner.DeleteAsync(name, ifTag, cancellationToken);
        return true;
    });

    public ValueTask<bool> TouchAsync(string name, CancellationToken cancellationToken = default) => TellAsync("touch", name, () => inner.TouchAsync(name, cancellationToken));

    public IAsyncEnumerable<ObjectEntry> ListAsync(string prefix, CancellationToken cancellationToken = default) => inner.ListAsync(prefix, cancellationToken);

    private static async ValueTask<T> TellAsync<T>(string what, string name, Func<ValueTask<T>> ask)
    {
        var began = Stopwatch.GetTimestamp();
        try
        {
            return await ask();
        }
        catch (Exception exception)
        {
            Console.Error.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{DateTime.UtcNow:HH:mm:ss.fff} {Environment.ProcessId} {what} {name}: no answer after {Stopwatch.GetElapsedTime(began).TotalMilliseconds:F0} ms, {exception.GetType().Name}: {exception.Message}"));
            throw;
        }
    }
}
