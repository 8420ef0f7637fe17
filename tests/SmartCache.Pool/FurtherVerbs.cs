using System.Globalization;

namespace SmartCache.Pool;

/// <summary>Verbs that print targets of their own.</summary>
internal static class FurtherVerbs
{
    private const int Packs = 100_000;

    /// <returns>The exit code; <see langword="null"/> where it is none of these.</returns>
    public static async Task<int?> TryRunAsync(string[] args)
    {
        switch (args)
        {
            case ["poison", var directory, .. var more] when Directory.Exists(directory):
                return await PoisonFigures.RunAsync(directory, Number(more, 0, Packs), Number(more, 1, Environment.TickCount & int.MaxValue));
            case ["upload", var endpoint, var bucket, var prefix, var host, var work, var seed, var node]:
                PoolPlace.Prefix = prefix;
                return await ConfirmationFigures.RunChildAsync(new PoolPlace(endpoint, bucket, work), new Uri(node), host, work, int.Parse(seed, CultureInfo.InvariantCulture));
            case ["confirmations", var endpoint, var bucket, var directory, var node] when Directory.Exists(directory):
                return await ConfirmationFigures.RunAsync(await PlaceAsync(endpoint, bucket, directory), new Uri(node));
            case ["secrets", var endpoint, var bucket, var directory] when Directory.Exists(directory):
                return await SecretFigures.RunAsync(await PlaceAsync(endpoint, bucket, directory));
            default:
                return null;
        }
    }

    private static async Task<PoolPlace> PlaceAsync(string endpoint, string bucket, string directory)
    {
        var place = new PoolPlace(endpoint, bucket, directory);
        await place.MakeBucketAsync();
        return place;
    }

    private static int Number(string[] more, int index, int otherwise) => more.Length > index ? int.Parse(more[index], CultureInfo.InvariantCulture) : otherwise;
}
