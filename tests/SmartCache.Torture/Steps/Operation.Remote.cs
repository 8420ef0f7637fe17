namespace SmartCache.Torture.Steps;

/// <summary>What a pool of hosts shares over an object store.</summary>
internal sealed partial record Operation
{
    private static async Task<string> ShareAsync(StepCase test)
    {
        var (download, encode) = (await test.DownloadAsync(), await test.EncodeAsync());
        await test.Cache.FlushAsync();
        return $"{download} {encode}";
    }

    /// <summary>Another host has made it, and this one has nothing.</summary>
    private static async Task WithSharedAsync(StepCase test)
    {
        await WithSentAsync(test);
        await test.CloseAsync();
        Directory.Delete(test.Paths.Cache, recursive: true);
        await test.OpenAsync(shares: true);
    }

    private static async Task<string> FetchAsync(StepCase test)
    {
        var (download, encode) = (await test.DownloadAsync(), await test.EncodeAsync());
        return $"{download} {encode}";
    }

    private static async Task WithSentAsync(StepCase test)
    {
        await test.OpenAsync(shares: true);
        await ShareAsync(test);
        await test.OpenAsync(shares: true);
    }

    /// <summary>A worker made it while the store was down, and is gone.</summary>
    private static async Task WithOwedAsync(StepCase test)
    {
        await test.OpenAsync(shares: true, isStoreDown: true);
        await ShareAsync(test);
        await test.CloseAsync();
        foreach (var breaker in Directory.GetFiles(Path.Combine(test.Paths.Cache, "remote"), "breaker-*"))
        {
            File.Delete(breaker);
        }

        await test.OpenAsync(shares: true);
    }

    private static async Task<string> SendOwedAsync(StepCase test)
    {
        await test.Cache.CleanupAsync();
        await test.Cache.FlushAsync();
        return "sent";
    }

    private static async Task<string> UnshareAsync(StepCase test)
    {
        await test.Cache.RemoveBySourceAsync(StepCase.Content.HashOf(StepCase.Source));
        await test.Cache.FlushAsync();
        return "taken back";
    }

    private static async Task<string> ShareConfirmationsAsync(StepCase test)
    {
        var outcome = await test.UploadAsync();
        await test.Cache.FlushAsync();
        return outcome.ToString();
    }
}
