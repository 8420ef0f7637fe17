using System.Diagnostics.CodeAnalysis;
using SmartCache.Storage.Platform;

namespace SmartCache.Storage;

/// <summary>
/// How many of the worker's files the cache may hold open at once. The limit of open files is the process's: whatever the cache holds, the job cannot open.
/// </summary>
/// <param name="most">Handles at once.</param>
internal sealed class HandleBudget(int most)
{
    private const int Share = 8;
    private const int Most = 4096;

    private int _held;

    [SuppressMessage("ApiDesign", "RS0030", Justification = "The limit is the process's, whatever file system a cache was given.")]
    private static long OpenFileLimit => FileSystem.Current.OpenFileLimit;

    /// <summary>One for the whole process, as the limit is: an eighth of it.</summary>
    public static HandleBudget OfProcess { get; } = new((int)Math.Min(Most, OpenFileLimit / Share));

    /// <summary>For files that are not worth a handle.</summary>
    public static HandleBudget None { get; } = new(0);

    public bool TryTake()
    {
        if (Interlocked.Increment(ref _held) <= most)
        {
            return true;
        }

        Return();
        return false;
    }

    public void Return() => Interlocked.Decrement(ref _held);
}
