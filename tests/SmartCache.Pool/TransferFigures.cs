namespace SmartCache.Pool;

/// <summary>Packs against the same bytes by a bare client and by the SDK, in turn.</summary>
internal static class TransferFigures
{
    /// <summary>Stored by the tier in one put up to here.</summary>
    private const long MostInOne = 64 << 20;

    /// <summary>Before them all code is compiled for the second time: in a short run that is 40 % of the processor time of a pack.</summary>
    private const int WarmUps = 6;

    /// <param name="place">The store.</param>
    /// <param name="rounds">Of each run.</param>
    /// <param name="runs">The median one counts: the store is on the same machine, and one run differs from the next by a third.</param>
    public static async Task RunAsync(PoolPlace place, int rounds, int runs)
    {
        await MeasureAsync(place, "1 x 256 MiB", 1, 256 << 20, rounds, runs);
        await MeasureAsync(place, "200 x 300 KB", 200, 300_000, rounds, runs);
    }

    private static async Task MeasureAsync(PoolPlace place, string what, int files, int size, int rounds, int runs)
    {
        using var entry = await StoredPack.MakeAsync(place, files, size);
        using var client = new BareClient(place.Endpoint, place.Bucket);
        var inOne = entry.Name + "-bare";
        await entry.PutAsync();
        await client.PutAsync(inOne, entry.Body);
        var (pack, bare, sdk, sdkOfParts, put, barePut) = (new Way(), new Way(), new Way(), new Way(), new Way(), new Way());
        var isInParts = entry.Length > MostInOne;
        for (var round = -WarmUps; round < rounds * runs; round++)
        {
            var counts = round >= 0;
            if (counts && round % rounds == 0)
            {
                Array.ForEach([pack, bare, sdk, sdkOfParts, put, barePut], static way => way.BeginRun());
            }

            await pack.TimeAsync(place, to => entry.FetchWholeAsync(to), counts);
            await bare.TimeAsync(place, to => client.GetAsync(entry.Name, Path.Combine(to, "x")), counts);
            await sdk.TimeAsync(place, to => client.GetBySdkAsync(inOne, Path.Combine(to, "x")), counts);
            if (isInParts)
            {
                await sdkOfParts.TimeAsync(place, to => client.GetBySdkAsync(entry.Name, Path.Combine(to, "x")), counts);
            }

            await put.TimeAsync(place, _ => entry.PutAsync(), counts);
            await barePut.TimeAsync(place, _ => client.PutAsync(inOne, entry.Body), counts);
        }

        var length = entry.Length;
        PoolPlace.Print($"{what}: pack, bare GET, SDK GET, put of pack, bare PUT, MB/s (median)", string.Join(", ", new[] { pack, bare, sdk, put, barePut }.Select(way => way.Speed(length))));
        PoolPlace.Print($"{what}: processor time of the same, s/GB", string.Join(", ", new[] { pack, bare, sdk, put, barePut }.Select(way => way.Cpu(length))));
        AtLeast($"{what}: speed of pack to bare GET (median of pairs)", pack.SpeedTo(bare), 0.8);
        PoolPlace.Print($"{what}: processor time of pack to bare GET", FormattableString.Invariant($"{pack.CpuTo(bare).Median:F2}"));
        AtLeast($"{what}: speed of pack to SDK GET of what one put stored", pack.SpeedTo(sdk), 1.5);
        AtMost($"{what}: processor time of pack to that", pack.CpuTo(sdk), 0.5);
        if (isInParts)
        {
            PoolPlace.Print($"{what}: pack to SDK GET of the object in parts, without MD5: speed, processor time", FormattableString.Invariant($"{pack.SpeedTo(sdkOfParts).Median:F2}, {pack.CpuTo(sdkOfParts).Median:F2}"));
        }

        AtLeast($"{what}: speed of put of pack to bare PUT", put.SpeedTo(barePut), 0.8);
        AtMost($"{what}: processor time of put of pack to bare PUT", put.CpuTo(barePut), 1.25);
    }

    private static void AtLeast(string what, Way.Ratio ratio, double least) => Targets.AtLeast(what, ratio.Median, least, beside: ratio.Runs);

    private static void AtMost(string what, Way.Ratio ratio, double most) => Targets.AtMost(what, ratio.Median, most, beside: ratio.Runs);
}
