using SmartCache.Torture.Workload;

namespace SmartCache.Torture.Steps;

/// <summary>Parts of an encode that did not end.</summary>
internal sealed partial record Operation
{
    /// <summary>An attempt that died before its last segment; its worker's directory is still there, so that the parts are one with its files.</summary>
    private static async Task WithPartsAsync(StepCase test)
    {
        await test.OpenAsync(checkpoints: true);
        await test.DownloadAsync();
        var path = Path.Combine(test.NewWork(), "video.mp4");
        await File.WriteAllBytesAsync(path, StepCase.Content.Source(StepCase.Source));
        var request = new EncodeRequest(new DownloadedVideo(path, StepCase.Content.LengthOf(StepCase.Source)), new EncodingProfile("720p"), Path.Combine(test.NewWork(), "out")) { JobId = StubEncoder.DyingJob };
        try
        {
            await test.Get<IProfileEncoder>().EncodeAsync(request);
        }
        catch (StageException)
        {
            // What it is about.
        }

        await test.Cache.FlushAsync();
        if ((await test.Cache.GetStatisticsAsync()).Checkpoints.Parts == 0)
        {
            throw new WrongBytesException("the attempt left no parts");
        }

        await test.OpenAsync(checkpoints: true);
    }

    private static async Task<string> TakeBackPartsAsync(StepCase test)
    {
        await test.Cache.RemoveBySourceAsync(StepCase.Content.HashOf(StepCase.Source));
        test.Give(Promise.NoParts);
        return "taken back";
    }
}
