namespace SmartCache.Fuzz;

/// <summary>What the library gave is not what it promises.</summary>
internal sealed class FuzzFailureException(string message) : Exception(message)
{
    public static void Unless(bool condition, string message)
    {
        if (!condition)
        {
            throw new FuzzFailureException(message);
        }
    }
}
