namespace SmartCache.Pool;

/// <summary>Packs against the same bytes by a bare client and by the SDK, in turn.</summary>
internal static class TransferFigures
{
    /// <summary>Stored by the tier in one put up to here.</summary>
    private const long MostInOne = 64 << 20;

    /// <summary>Before them all code is compiled for the second time: in a short run that is 40 % of the processor time of a pack.</summary>
    private const int WarmUps = 3;

    public static async Task RunAsync(PoolPlace place, int rounds)
    {
        await MeasureAsync(place, "1 x 256 MiB", 1, 256 << 20, rounds);
        await MeasureAsync(place, "200 x 300 KB", 200, 300_000, rounds);
    }

    private static async Task MeasureAsync(PoolPlace place, string what, int files, int size, int rounds)
    {
        using var entry = await StoredPack.MakeAsync(place, files, size);
        using var client = new BareClient(place.Endpoint, place.Bucket);
        var inOne = entry.Name + "-bare";
        await entry.PutAsync();
        await client.PutAsync(inOne, entry.Body);
        var (pack, bare, sdk, sdkOfParts, put, barePut) = (new Way(), new Way(), new Way(), new Way(), new Way(), new Way());
        var isInParts = entry.Length > MostInOne;
        for (var round = 1 - WarmUps; round <= rounds; round++)
        {
            var counts = round > 0;
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
        Targets.AtLeast($"{what}: speed of pack to bare GET (median of pairs)", pack.SpeedTo(bare), 0.8);
        PoolPlace.Print($"{what}: processor time of pack to bare GET", FormattableString.Invariant($"{pack.CpuTo(bare):F2}"));
        Targets.AtLeast($"{what}: speed of pack to SDK GET of what one put stored", pack.SpeedTo(sdk), 1.5);
        Targets.AtMost($"{what}: processor time of pack to that", pack.CpuTo(sdk), 0.5);
        if (isInParts)
        {
            PoolPlace.Print($"{what}: pack to SDK GET of the object in parts, without MD5: speed, processor time", FormattableString.Invariant($"{pack.SpeedTo(sdkOfParts):F2}, {pack.CpuTo(sdkOfParts):F2}"));
        }

        Targets.AtLeast($"{what}: speed of put of pack to bare PUT", put.SpeedTo(barePut), 0.8);
        Targets.AtMost($"{what}: processor time of put of pack to bare PUT", put.CpuTo(barePut), 1.25);
    }
}
