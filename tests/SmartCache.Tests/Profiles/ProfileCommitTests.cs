using Microsoft.Extensions.Logging;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Profiles;

/// <summary>Which encodes are stored, and what comes back.</summary>
public class ProfileCommitTests
{
    public static TheoryData<string> Faults => [.. Breakages.Keys];

    private static readonly Dictionary<string, Action<FakeEncoder>> Breakages = new()
    {
        ["no end of the playlist"] = static encoder => encoder.WritesEnd = false,
        ["missing segment"] = static encoder => encoder.After = static request => File.Delete(Path.Combine(request.OutputDirectory, "seg_00001.ts")),
        ["empty segment"] = static encoder => encoder.After = static request => File.WriteAllText(Path.Combine(request.OutputDirectory, "seg_00001.ts"), ""),
        ["missing playlist"] = static encoder => encoder.After = static request => File.Delete(Path.Combine(request.OutputDirectory, "index.m3u8")),
        ["segment outside"] = static encoder => encoder.After = static request => Append(request, "#EXTINF:0.1,\n../source.mp4\n#EXT-X-ENDLIST\n"),
        ["absolute segment"] = static encoder => encoder.After = static request => Append(request, "#EXTINF:0.1,\n/etc/hostname\n#EXT-X-ENDLIST\n"),
        ["escaped segment outside"] = static encoder => encoder.After = static request => Append(request, "#EXTINF:0.1,\n%2e%2e/source.mp4\n#EXT-X-ENDLIST\n"),
        ["segment whose tag has no length"] = static encoder => encoder.After = static request => Append(request, "#EXTINF\nseg_00001.ts\n#EXT-X-ENDLIST\n"),
        ["too short"] = static encoder => encoder.Duration = TimeSpan.FromSeconds(6.5),
        ["too long"] = static encoder => encoder.Duration = TimeSpan.FromSeconds(9.5),
        ["no expected duration"] = static encoder => encoder.ExpectedDuration = null,
        ["no encoder version"] = static encoder => encoder.Version = null,
        ["empty encoder version"] = static encoder => encoder.Version = "",
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Encode_that_is_not_whole_is_returned_and_not_stored(string fault)
    {
        await using var cache = new TestCache();
        var job = new TestJob(cache, new FakeDownloader([]));
        var source = await TestJob.SourceAsync(cache);
        Breakages[fault](job.InnerEncoder);

        var encoded = await job.EncodeAsync(source);
        await job.EncodeAsync(source);

        encoded.Outcome.Should().NotBe(CacheOutcome.Hit);
        job.InnerEncoder.Calls.Should().Be(2);
        cache.Entries("profiles").Should().BeEmpty();
        cache.Log.Of(400).Should().BeEmpty();
    }

    [Fact]
    public async Task Missing_durations_are_said_once()
    {
        await using var cache = new TestCache();
        var job = new TestJob(cache, new FakeDownloader([]), new FakeEncoder { ExpectedDuration = null });
        var source = await TestJob.SourceAsync(cache);
        await job.EncodeAsync(source);
        await job.EncodeAsync(source, new EncodingProfile("480p"));

        cache.Log.Lines.Should().ContainSingle(static line => line.EventId == 202).Which.Level.Should().Be(LogLevel.Warning);
        cache.Log.Of(201).Should().BeEmpty("it is said once");
    }

    [Fact]
    public async Task Duration_that_only_the_probe_knows_is_enough()
    {
        await using var cache = new TestCache(probe: new FakeProbe());
        var job = new TestJob(cache, new FakeDownloader([]), new FakeEncoder { ExpectedDuration = null });
        await job.EncodeAsync(await TestJob.SourceAsync(cache));

        cache.Entries("profiles").Should().ContainSingle();
    }

    [Fact]
    public async Task Encoder_that_was_cancelled_and_returns_normally_is_not_stored()
    {
        await using var cache = new TestCache();
        using var cancellation = new CancellationTokenSource();
        var job = new TestJob(cache, new FakeDownloader([]), new FakeEncoder { After = _ => cancellation.Cancel() });

        var encoded = await job.EncodeAsync(await TestJob.SourceAsync(cache), cancellationToken: cancellation.Token);

        encoded.Outcome.Should().Be(CacheOutcome.Miss);
        cache.Entries("profiles").Should().BeEmpty();
    }

    [Fact]
    public async Task Hit_has_what_the_playlist_reaches_and_the_extras_and_properties_and_no_strays()
    {
        await using var cache = new TestCache();
        var inner = new ExtraEncoder(new FakeEncoder
        {
            After = static request =>
            {
                File.WriteAllText(Path.Combine(request.OutputDirectory, "master.m3u8"), "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nindex.m3u8\n");
                Directory.CreateDirectory(Path.Combine(request.OutputDirectory, "thumbs"));
                File.WriteAllText(Path.Combine(request.OutputDirectory, "thumbs", "1.jpg"), "thumbnail");
            },
        }, static profile => profile with { ExtraFiles = ["thumbs/1.jpg"] });
        var encoder = new CachingProfileEncoder(inner, cache.Manager);
        var source = await TestJob.SourceAsync(cache);
        Directory.CreateDirectory(cache.WorkPath("one"));
        await File.WriteAllTextAsync(cache.WorkPath("one/seg_00099.ts"), "left by an earlier encode");
        await encoder.EncodeAsync(new EncodeRequest(source, TestJob.Profile, cache.WorkPath("one")));
        await cache.Manager.FlushAsync();

        var hit = await encoder.EncodeAsync(new EncodeRequest(source, TestJob.Profile, cache.WorkPath("two")));

        hit.Outcome.Should().Be(CacheOutcome.Hit);
        TestJob.Tree(hit.Directory).Keys.Should().BeEquivalentTo(
            "index.m3u8", "seg_00000.ts", "seg_00001.ts", "seg_00002.ts", "seg_00003.ts", "thumbs/1.jpg");
        hit.ExtraFiles.Should().Equal("thumbs/1.jpg");
        hit.Properties.Should().Equal(new Dictionary<string, string> { ["width"] = "320" });
        hit.ActualEncoder.Should().Be("fake");
        hit.Duration.Should().Be(TimeSpan.FromSeconds(8));
    }

    [Theory, Trait("Found", "M41b")]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Profile_that_no_manifest_can_hold_is_refused_before_it_is_stored(bool byCount)
    {
        await using var cache = new TestCache();
        var many = Enumerable.Range(0, 100_000).Select(static i => FormattableString.Invariant($"thumbs/{i}.jpg")).ToList();
        var inner = new ExtraEncoder(
            new FakeEncoder(),
            profile => byCount ? profile with { ExtraFiles = many } : profile with { Properties = new Dictionary<string, string> { ["x"] = new('x', 33 << 20) } });
        var encoder = new CachingProfileEncoder(inner, cache.Manager);
        var source = await TestJob.SourceAsync(cache);
        var outcomes = new List<CacheOutcome>();
        foreach (var output in new[] { "one", "two" })
        {
            outcomes.Add((await encoder.EncodeAsync(new EncodeRequest(source, TestJob.Profile, cache.WorkPath(output)))).Outcome);
            await cache.Manager.FlushAsync();
        }

        outcomes.Should().Equal(CacheOutcome.Miss, CacheOutcome.Miss);
        cache.Entries("profiles").Should().BeEmpty();
        Directory.GetDirectories(Path.Combine(cache.Settings.Root, "profiles", "quarantine")).Should().BeEmpty("nothing that cannot be read is stored");
        cache.Log.Of(201).Should().HaveCount(2);
    }

    [Fact]
    public async Task Stored_result_that_Accept_refuses_is_made_anew_and_replaced()
    {
        await using var cache = new TestCache();
        var job = new TestJob(cache, new FakeDownloader([]));
        var source = await TestJob.SourceAsync(cache);
        await job.EncodeAsync(source);
        job.InnerEncoder.Accept = static profile => profile.ActualEncoder != "fake" || profile.Properties["width"] != "320";
        job.InnerEncoder.SegmentBytes = 5_000;

        var refused = await job.EncodeAsync(source);
        job.InnerEncoder.Accept = null;
        var replaced = await job.EncodeAsync(source);

        (refused.Outcome, replaced.Outcome).Should().Be((CacheOutcome.Miss, CacheOutcome.Hit));
        new FileInfo(Path.Combine(replaced.Directory, "seg_00000.ts")).Length.Should().Be(5_000);
        cache.Entries("profiles").Should().ContainSingle();
    }

    [Fact]
    public async Task Profiles_that_were_done_before_a_job_failed_are_hits_on_its_retry()
    {
        await using var cache = new TestCache();
        var job = new TestJob(cache, new FakeDownloader(Bytes.Random(20_000)));
        var fails = true;
        job.InnerEncoder.Before = (request, _) => fails && request.Profile.Name == "720p" ? throw new InvalidOperationException("out of memory") : Task.CompletedTask;
        var (large, small) = (new EncodingProfile("1080p") { VideoBitrate = "5000k" }, new EncodingProfile("720p"));
        var source = await job.DownloadAsync();
        await job.EncodeAsync(source, large);
        await job.Awaiting(it => it.EncodeAsync(source, small)).Should().ThrowAsync<InvalidOperationException>();
        fails = false;

        var retried = await job.DownloadAsync();
        var (one, two) = (await job.EncodeAsync(retried, large), await job.EncodeAsync(retried, small));

        (one.Outcome, two.Outcome).Should().Be((CacheOutcome.Hit, CacheOutcome.Miss));
    }

    [Fact]
    public async Task Damaged_profile_is_quarantined_and_encoded_again()
    {
        await using var cache = new TestCache();
        var job = new TestJob(cache, new FakeDownloader([]));
        var source = await TestJob.SourceAsync(cache);
        await job.EncodeAsync(source);
        File.Delete(Spoil.Payload(cache.Entries("profiles").Single()).First());

        var again = await job.EncodeAsync(source);

        again.Outcome.Should().Be(CacheOutcome.Miss);
        (await job.EncodeAsync(source)).Outcome.Should().Be(CacheOutcome.Hit);
        Directory.GetDirectories(Path.Combine(cache.Settings.Root, "profiles", "quarantine")).Should().ContainSingle();
    }

    private static void Append(EncodeRequest request, string lines)
    {
        var playlist = Path.Combine(request.OutputDirectory, "index.m3u8");
        File.WriteAllText(playlist, File.ReadAllText(playlist).Replace("#EXT-X-ENDLIST\n", "", StringComparison.Ordinal) + lines);
    }

    private sealed class ExtraEncoder(IProfileEncoder inner, Func<EncodedProfile, EncodedProfile> change) : IProfileEncoder
    {
        public ValueTask<EncodeRecipe> DescribeAsync(SourceMedia source, EncodingProfile profile, CancellationToken cancellationToken = default) =>
            inner.DescribeAsync(source, profile, cancellationToken);

        public async Task<EncodedProfile> EncodeAsync(EncodeRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default) =>
            change(await inner.EncodeAsync(request, progress, cancellationToken));
    }
}
