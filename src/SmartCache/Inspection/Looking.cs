using System.Runtime.CompilerServices;
using SmartCache.Storage.Platform;

namespace SmartCache.Inspection;

/// <summary>What each look at the disk needs.</summary>
internal static class Looking
{
    private const int AtOnce = 128;

    /// <summary>For code that other callers watch.</summary>
    public static OperationPulse Pulse(CancellationToken cancellationToken) => OperationPulse.Unwatched(cancellationToken);

    /// <summary>Enumerates on the thread pool, some at a time: the disk may take its time for each.</summary>
    public static async IAsyncEnumerable<T> InBackground<T>(Func<IEnumerable<T>> list, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var items = await Task.Run(() => list().GetEnumerator(), cancellationToken).ConfigureAwait(false);
        while (true)
        {
            var some = await Task.Run(() => Take(items, cancellationToken), cancellationToken).ConfigureAwait(false);
            foreach (var item in some)
            {
                yield return item;
            }

            if (some.Count < AtOnce)
            {
                yield break;
            }
        }
    }

    /// <summary>What a look gives; <see langword="null"/> where the thing went meanwhile, this user may not look at it, or the disk does not give it.</summary>
    public static T? OrNone<T>(Func<T?> look)
        where T : class
    {
        try
        {
            return look();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>What a list gives until the disk, or a directory that this user may not look into, ends it.</summary>
    public static IEnumerable<T> OrNothing<T>(Func<IEnumerable<T>> list)
    {
        using var items = OrNone(() => list().GetEnumerator());
        while (items is not null && OrNone<object>(() => items.MoveNext()) is true)
        {
            yield return items.Current;
        }
    }

    private static List<T> Take<T>(IEnumerator<T> items, CancellationToken cancellationToken)
    {
        var some = new List<T>(AtOnce);
        while (some.Count < AtOnce && items.MoveNext())
        {
            cancellationToken.ThrowIfCancellationRequested();
            some.Add(items.Current);
        }

        return some;
    }
}
