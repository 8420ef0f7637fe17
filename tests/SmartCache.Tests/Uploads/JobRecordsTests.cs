using SmartCache.Diagnostics;
using SmartCache.Jobs;

namespace SmartCache.Tests.Uploads;

public class JobRecordsTests
{
    private static readonly Dictionary<string, ProfileUploadState> NoProfiles = [];

    [Fact]
    public async Task Touched_job_is_unfinished_until_it_ends()
    {
        await using var layer = new UploadLayer();
        layer.Jobs.Touch(new JobTouch("job", EntryKind.Source, "source"));
        layer.Jobs.Touch(new JobTouch("job", EntryKind.Profile, "source_720"));
        layer.Jobs.Touch(new JobTouch("job", EntryKind.Profile, "source_480"));
        await layer.Saves.FlushAsync(default);

        var unfinished = Unfinished(layer).Should().ContainSingle().Subject;
        unfinished.SourceHashes.Should().Equal("source");
        unfinished.ProfileHashes.Should().BeEquivalentTo("source_720", "source_480");
        var state = (await layer.Store.LoadAsync("job"))!;
        state.SourceContentHash.Should().Be("source");
        state.Ended.Should().BeFalse();

        await layer.Jobs.EndAsync("job", true, default);
        Unfinished(layer).Should().BeEmpty();
        (await layer.Store.LoadAsync("job"))!.Ended.Should().BeTrue();
    }

    [Fact]
    public async Task Job_that_ended_under_a_clock_that_was_ahead_is_open_again_once_it_is_touched()
    {
        await using var layer = new UploadLayer();
        layer.Time.Shift = TimeSpan.FromHours(20);
        await layer.Jobs.AttemptStartedAsync("job", NoProfiles, default);
        await layer.Jobs.EndAsync("job", true, default);
        Unfinished(layer).Should().BeEmpty();
        layer.Time.Shift = TimeSpan.Zero;

        layer.Jobs.Touch(new JobTouch("job", EntryKind.Source, "source"));
        await layer.Saves.FlushAsync(default);

        Unfinished(layer).Should().ContainSingle();
    }

    [Fact]
    [Trait("Found", "M36")]
    public async Task What_becomes_of_a_job_is_told_to_the_eviction_policy()
    {
        await using var layer = new UploadLayer();
        var told = new List<(CacheEventKind, string?)>();
        layer.Told = happened => told.Add((happened.Kind, happened.JobId));

        layer.Jobs.Touch(new JobTouch("job", EntryKind.Source, "source"));
        await layer.Saves.FlushAsync(default);
        layer.Jobs.Touch(new JobTouch("job", EntryKind.Profile, "source_720"));
        await layer.Saves.FlushAsync(default);
        await layer.Jobs.AttemptStartedAsync("job", NoProfiles, default);
        await layer.Jobs.AttemptProgressedAsync("job", NoProfiles, default);
        await layer.Jobs.AttemptFailedAsync("job", "an error", NoProfiles, 1, default);
        await layer.Jobs.ExpectRetryAsync("job", layer.Time.GetUtcNow().AddHours(1), default);
        await layer.Jobs.EndAsync("job", finished: false, default);
        await layer.Jobs.AttemptStartedAsync("job", NoProfiles, default);
        await layer.Jobs.CompletedAsync("job", "bafyroot", NoProfiles, default);
        await layer.Jobs.EndAsync("unknown", finished: true, default);

        told.Should().Equal(
            (CacheEventKind.JobStarted, "job"),
            (CacheEventKind.JobActive, "job"),
            (CacheEventKind.JobActive, "job"),
            (CacheEventKind.JobActive, "job"),
            (CacheEventKind.RetryExpected, "job"),
            (CacheEventKind.JobAbandoned, "job"),
            (CacheEventKind.JobStarted, "job"),
            (CacheEventKind.JobCompleted, "job"),
            (CacheEventKind.JobCompleted, "unknown"));
    }

    [Fact]
    public async Task Job_touched_again_after_its_end_is_unfinished_again()
    {
        await using var layer = new UploadLayer();
        layer.Jobs.Touch(new JobTouch("job", EntryKind.Source, "source"));
        await layer.Saves.FlushAsync(default);
        await layer.Jobs.EndAsync("job", true, default);
        layer.Time.Shift = TimeSpan.FromSeconds(1);

        layer.Jobs.Touch(new JobTouch("job", EntryKind.Source, "source"));
        await layer.Saves.FlushAsync(default);

        Unfinished(layer).Should().ContainSingle();
    }

    [Fact]
    public async Task Same_touch_is_written_once_a_minute_at_most()
    {
        await using var layer = new UploadLayer();
        layer.Jobs.Touch(new JobTouch("job", EntryKind.Source, "source"));
        await layer.Saves.FlushAsync(default);
        var path = Directory.GetFiles(layer.Current.UploadsDirectory, "*.json").Single();
        var written = new FileInfo(path).LastWriteTimeUtc;

        layer.Jobs.Touch(new JobTouch("job", EntryKind.Source, "source"));

        layer.Saves.Count.Should().Be(0);
        new FileInfo(path).LastWriteTimeUtc.Should().Be(written);
    }

    [Fact]
    public async Task Ending_a_job_nobody_knows_makes_no_state()
    {
        await using var layer = new UploadLayer();
        await layer.Jobs.EndAsync("nobody", true, default);
        (await layer.Store.LoadAsync("nobody")).Should().BeNull();
    }

    [Fact]
    public async Task Expected_retry_is_told_until_it_comes()
    {
        await using var layer = new UploadLayer();
        var at = layer.Time.GetUtcNow().AddHours(9);
        await layer.Jobs.ExpectRetryAsync("job", at, default);
        Unfinished(layer).Single().RetryExpectedAt.Should().Be(at);

        await layer.Jobs.AttemptStartedAsync("job", NoProfiles, default);
        Unfinished(layer).Single().RetryExpectedAt.Should().BeNull();
    }

    [Fact]
    public async Task Errors_are_types_and_status_codes_and_at_most_ten()
    {
        await using var layer = new UploadLayer();
        for (var i = 0; i < 13; i++)
        {
            var inner = new HttpRequestException("https://user:secret@node", null, (System.Net.HttpStatusCode)(500 + i));
            await layer.Jobs.AttemptFailedAsync("job", FailureNames.Of(new InvalidOperationException("token=secret", inner)), NoProfiles, 1, default);
        }

        var errors = (await layer.Store.LoadAsync("job"))!.Errors;
        errors.Should().HaveCount(10);
        errors[^1].Should().Be("InvalidOperationException < HttpRequestException 512");
        layer.EverythingOnDisk().Should().NotContain("secret");
    }

    [Fact]
    public async Task Changes_from_many_sides_at_once_lose_none()
    {
        await using var one = new UploadLayer();
        await using var two = new UploadLayer(one.Root);
        await Task.WhenAll(Enumerable.Range(0, 40).Select(i => Task.Run(async () =>
        {
            await (i % 2 == 0 ? one : two).Jobs.AttemptStartedAsync("job", NoProfiles, default);
            (i % 2 == 0 ? one : two).Jobs.Touch(new JobTouch("job", EntryKind.Profile, $"entry{i}"));
        })));
        await one.Saves.FlushAsync(default);
        await two.Saves.FlushAsync(default);

        var state = (await one.Store.LoadAsync("job"))!;
        state.Attempts.Should().Be(40);
        state.ProfileEntries.Should().HaveCount(40);
        Directory.GetFiles(one.Layer.Locks, "job-*").Should().BeEmpty("lock files of jobs do not stay");
    }

    [Fact]
    public async Task State_of_a_newer_version_is_left_alone()
    {
        await using var layer = new UploadLayer();
        layer.Layer.EnsureOpen();
        var path = Path.Combine(layer.Current.UploadsDirectory, SafeJobName.Of("job") + ".json");
        const string newer = """{ "formatVersion": 2, "jobId": { "parts": [1] }, "lastActivity": "2001-01-01T00:00:00Z" }""";
        File.WriteAllText(path, newer);

        await layer.Jobs.AttemptStartedAsync("job", NoProfiles, default);
        await layer.Store.RemoveAsync("job");
        layer.Store.Cleanup(layer.Pulse, layer.Time.GetUtcNow().AddDays(100));

        File.ReadAllText(path).Should().Be(newer);
        (await layer.Store.LoadAsync("job")).Should().BeNull();
    }

    [Theory]
    [InlineData("")]
    [InlineData("not json")]
    [InlineData("null")]
    [InlineData("""{ "formatVersion": 1, "jobId": null, "profileHashes": null, "profiles": null, "errors": null }""")]
    [InlineData("""{ "formatVersion": 1, "attempts": "many" }""")]
    public async Task Corrupt_state_is_no_state_and_the_next_write_repairs_it(string content)
    {
        await using var layer = new UploadLayer();
        layer.Layer.EnsureOpen();
        File.WriteAllText(Path.Combine(layer.Current.UploadsDirectory, SafeJobName.Of("job") + ".json"), content);

        (await layer.Store.LoadAsync("job")).Should().BeNull();
        Unfinished(layer).Should().BeEmpty();
        await layer.Jobs.AttemptStartedAsync("job", NoProfiles, default);
        (await layer.Store.LoadAsync("job"))!.Attempts.Should().Be(1);
    }

    [Fact]
    public async Task Unknown_fields_are_ignored_and_a_giant_is_not_read()
    {
        await using var layer = new UploadLayer();
        await layer.Jobs.AttemptStartedAsync("job", NoProfiles, default);
        var path = Directory.GetFiles(layer.Current.UploadsDirectory, "*.json").Single();
        File.WriteAllText(path, File.ReadAllText(path).Replace("\"attempts\"", "\"colour\": {\"x\": []}, \"attempts\"", StringComparison.Ordinal));
        (await layer.Store.LoadAsync("job"))!.Attempts.Should().Be(1);

        File.AppendAllText(path, new string(' ', 2 << 20));
        (await layer.Store.LoadAsync("job")).Should().BeNull();
        Unfinished(layer).Should().BeEmpty();
    }

    [Fact]
    public async Task Expired_states_are_removed_and_others_stay()
    {
        await using var layer = new UploadLayer();
        await layer.Jobs.AttemptStartedAsync("old", NoProfiles, default);
        await layer.Jobs.AttemptStartedAsync(new string('x', 10_000), NoProfiles, default);
        layer.Time.Shift = TimeSpan.FromDays(8);
        await layer.Jobs.AttemptStartedAsync("young", NoProfiles, default);

        Unfinished(layer).Should().ContainSingle();
        layer.Store.Cleanup(layer.Pulse, layer.Time.GetUtcNow());

        (await ListAsync(layer)).Select(state => state.JobId).Should().Equal("young");
        Directory.GetFiles(layer.Current.UploadsDirectory, "*.json").Should().ContainSingle();
    }

    [Theory, Trait("Found", "M5c")]
    [InlineData("")]
    [InlineData("{\"jobId\": \"jo")]
    [InlineData("{}")]
    public async Task State_that_cannot_be_read_ages_by_its_file(string content)
    {
        await using var layer = new UploadLayer();
        await layer.Jobs.AttemptStartedAsync("job", NoProfiles, default);
        var path = Directory.GetFiles(layer.Current.UploadsDirectory, "*.json").Single();
        File.WriteAllText(path, content);

        layer.Store.Cleanup(layer.Pulse, layer.Time.GetUtcNow());
        File.Exists(path).Should().BeTrue("it is young");
        layer.Store.Cleanup(layer.Pulse, layer.Time.GetUtcNow().AddDays(8));
        File.Exists(path).Should().BeFalse();
    }

    [Fact]
    public async Task State_dated_far_in_the_future_does_not_stay_for_ever()
    {
        await using var layer = new UploadLayer(time: new ShiftedTime { Shift = TimeSpan.FromDays(4000) });
        await layer.Jobs.AttemptStartedAsync("job", NoProfiles, default);
        layer.Time.Shift = TimeSpan.Zero;

        layer.Store.Cleanup(layer.Pulse, layer.Time.GetUtcNow());
        (await layer.Store.LoadAsync("job")).Should().NotBeNull();
        layer.Store.Cleanup(layer.Pulse, layer.Time.GetUtcNow().AddDays(8));
        (await layer.Store.LoadAsync("job")).Should().BeNull();
    }

    private static readonly string[] Hostile =
    [
        "../../../etc/passwd", "..", ".", "/", "a/b\\c", "CON", "nul.txt", "COM1", "a\0b", "a\nb", "\u202e", " ", new string('x', 10_000), "Job", "job", "JOB",
        "\udfff", "ünïcödé", "a:b", "*?", "-rf", "%2e%2e",
    ];

    public static TheoryData<string> HostileIds => [.. Hostile];

    [Theory]
    [MemberData(nameof(HostileIds))]
    public async Task Hostile_job_id_becomes_one_plain_file_and_is_found_again(string id)
    {
        await using var layer = new UploadLayer();
        await layer.Jobs.AttemptStartedAsync(id, NoProfiles, default);

        var file = Directory.GetFiles(layer.Root, "*.json", SearchOption.AllDirectories).Should().ContainSingle().Subject;
        Path.GetDirectoryName(file).Should().Be(layer.Current.UploadsDirectory);
        Path.GetFileName(file).Should().MatchRegex("^[A-Za-z0-9_-]{0,40}-[0-9a-f]{16}\\.json$");
        (await layer.Store.LoadAsync(id))!.Should().BeEquivalentTo(new { JobId = id, Attempts = 1 });
        (await layer.Store.RemoveAsync(id)).Should().BeTrue();
        (await layer.Store.LoadAsync(id)).Should().BeNull();
    }

    [Fact]
    public void Hostile_ids_never_share_a_name() =>
        Hostile.Select(id => SafeJobName.Of(id).ToUpperInvariant()).Should().OnlyHaveUniqueItems();

    [Fact]
    public async Task Empty_job_id_keeps_no_state()
    {
        await using var layer = new UploadLayer();
        var tree = layer.Tree("tree", ("a", "a"));
        await layer.RecordAllAsync("", tree, new UploadTarget("node", "v1"));
        layer.Jobs.Touch(new JobTouch("", EntryKind.Source, "source"));
        await layer.Saves.FlushAsync(default);

        (await ListAsync(layer)).Should().BeEmpty();
        layer.EverythingOnDisk().Should().Contain("bafk", "content is kept all the same");
    }

    private static IReadOnlyList<JobFile> Unfinished(UploadLayer layer) => [.. layer.Jobs.Unfinished(layer.Pulse, layer.Time.GetUtcNow())];

    private static async Task<List<UploadState>> ListAsync(UploadLayer layer)
    {
        var states = new List<UploadState>();
        await foreach (var state in layer.Store.ListAsync())
        {
            states.Add(state);
        }

        return states;
    }
}
