using SmartCache.Torture.Workload;

namespace SmartCache.Torture.Steps;

/// <summary>What a worker may ask of the stores by hand.</summary>
internal sealed partial record Operation
{
    private static async Task<string> AddAsync(StepCase test)
    {
        var (source, profile) = (test.NewWork(), test.NewWork());
        await File.WriteAllBytesAsync(Path.Combine(source, "video.mp4"), StepCase.Content.Source(StepCase.Source));
        foreach (var (name, bytes) in StepCase.Content.Profile(StepCase.Content.HashOf(StepCase.Source), "720p"))
        {
            await File.WriteAllBytesAsync(Path.Combine(profile, name), bytes);
        }

        var addedSource = await test.Cache.Sources.AddAsync(KeyOfSource, Path.Combine(source, "video.mp4"));
        var addedProfile = await test.Cache.Profiles.AddAsync(KeyOfProfile, new EncodedProfile { Name = "720p", Directory = profile, Playlist = Content.Playlist });
        await using (addedSource)
        await using (addedProfile)
        {
            // The key that leads to it is flushed later.
            await test.Cache.FlushAsync();
            test.Give(Promise.SourceIsServed, Promise.ProfileIsServed);
            return $"{addedSource?.Outcome} {addedProfile?.Outcome}";
        }
    }

    private static async Task<string> PlanAsync(StepCase test)
    {
        var profile = new EncodingProfile("720p");
        var request = new DownloadRequest(Content.Url(StepCase.Source), Path.Combine(test.NewWork(), "video.mp4")) { JobId = Job };
        var output = Path.Combine(test.NewWork(), "out");
        await using var plan = await test.Cache.PlanAsync(request, [profile], test.Get<IProfileEncoder>());
        var encoded = await plan.EncodeAsync(profile, output, token => test.Get<IVideoDownloader>().DownloadAsync(request, null, token));
        await test.Cache.FlushAsync();
        foreach (var (name, bytes) in StepCase.Content.Profile(StepCase.Content.HashOf(StepCase.Source), profile.Name))
        {
            if (!(await File.ReadAllBytesAsync(Path.Combine(output, name))).AsSpan().SequenceEqual(bytes))
            {
                throw new WrongBytesException($"planned, {name}, {encoded.Outcome}");
            }
        }

        return encoded.Outcome.ToString();
    }

    private static async Task<string> EndJobAsync(StepCase test)
    {
        await test.Cache.ExpectRetryAsync(Job, DateTimeOffset.UtcNow.AddHours(1));
        await test.Cache.CompleteJobAsync(Job);
        await test.Cache.AbandonJobAsync("another");
        test.Give(Promise.JobHasEnded);
        return "ended";
    }

    private static async Task<string> ForgetJobAsync(StepCase test)
    {
        await foreach (var state in test.Cache.Uploads.ListAsync())
        {
            await test.Cache.Uploads.RemoveAsync(state.JobId);
        }

        test.Give(Promise.JobIsUnknown);
        return "forgotten";
    }

    private static async Task<string> VerifyAllAsync(StepCase test)
    {
        await test.Cache.VerifyAsync();
        return "verified";
    }

    private static async Task<string> StatisticsAsync(StepCase test)
    {
        var media = await test.Cache.TryGetMediaAsync(new DownloadRequest(Content.Url(StepCase.Source), ""));
        var statistics = await test.Cache.GetStatisticsAsync();
        return $"{media?.Length} {statistics.Sources.Entries} {statistics.Profiles.Entries}";
    }
}
