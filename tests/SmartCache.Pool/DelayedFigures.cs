using System.Diagnostics;
using System.Globalization;
using Amazon.S3;

namespace SmartCache.Pool;

/// <summary>A large pack over a link of 20 ms there and back, against <c>curl</c> with as many ranges at once over the same link, in turn.</summary>
internal static class DelayedFigures
{
    private const int OneWay = 10;
    private const int Ranges = 4;

    public static async Task RunAsync(PoolPlace place, int rounds)
    {
        using var entry = await StoredPack.MakeAsync(place, 1, 256 << 20);
        await entry.PutAsync();
        var network = OwnProcess.Start("forward", place.Endpoint, OneWay.ToString(CultureInfo.InvariantCulture));
        try
        {
            var endpoint = "http://127.0.0.1:" + await network.StandardOutput.ReadLineAsync();
            using var link = new TierLink(place.Store(endpoint), place.Fresh("link"));

            // The host is part of what is signed.
            using var client = new BareClient(endpoint, place.Bucket);
            var address = client.Address(HttpVerb.GET, entry.Name);
            PoolPlace.Print("there and back over the link, ms (least of 5 small answers)", await TripAsync(endpoint));
            var (pack, curl) = (new Way(), new Way());
            for (var round = 0; round <= rounds; round++)
            {
                await pack.TimeAsync(place, to => entry.FetchWholeAsync(to, link), round > 0);
                await curl.TimeAsync(place, to => CurlAsync(address, entry.Length, to), round > 0);
            }

            PoolPlace.Print("link of 20 ms, 256 MiB: pack, curl with 4 ranges (which hashes nothing), MB/s (median)", $"{pack.Speed(entry.Length)}, {curl.Speed(entry.Length)}");
            Targets.AtLeast("link of 20 ms, 256 MiB: speed of pack to curl (median of pairs)", pack.SpeedTo(curl).Median, 0.8);
        }
        finally
        {
            OwnProcess.End(network);
        }
    }

    /// <summary>On a connection that is open.</summary>
    private static async Task<string> TripAsync(string endpoint)
    {
        using var http = new HttpClient();
        var least = double.MaxValue;
        for (var i = 0; i <= 5; i++)
        {
            var began = Stopwatch.GetTimestamp();
            using var response = await http.GetAsync(new Uri(endpoint));
            least = i == 0 ? least : Math.Min(least, Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        }

        return least.ToString("F1", CultureInfo.InvariantCulture);
    }

    private static async Task CurlAsync(string address, long length, string to)
    {
        var each = (length + Ranges - 1) / Ranges;
        await Task.WhenAll(Enumerable.Range(0, Ranges).Select(async number =>
        {
            var (from, last) = (number * each, Math.Min((number + 1) * each, length) - 1);
            var path = Path.Combine(to, number.ToString(CultureInfo.InvariantCulture));
            using var curl = Process.Start("curl", ["--silent", "--fail", "--range", string.Create(CultureInfo.InvariantCulture, $"{from}-{last}"), "--output", path, address]);
            await curl.WaitForExitAsync();
            if (curl.ExitCode != 0 || new FileInfo(path).Length != last - from + 1)
            {
                throw new InvalidOperationException($"curl ended with {curl.ExitCode}.");
            }
        }));
    }
}
