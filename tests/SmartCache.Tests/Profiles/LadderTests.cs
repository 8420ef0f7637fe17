using SmartCache.Abstractions;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Profiles;

public class LadderTests
{
    [Fact]
    public async Task Missing_profiles_are_made_in_one_run_and_each_is_stored()
    {
        await using var cache = new TestCache();
        var job = await LadderJob.StartAsync(cache);

        var encoded = await job.EncodeAsync();
        var again = await job.EncodeAsync();

        job.Inner.Runs.Should().ContainSingle().Which.Should().BeEquivalentTo(["1080p", "720p", "480p"]);
        job.Inner.Singles.Should().BeEmpty();
        encoded.Select(static one => (one.Name, one.Outcome)).Should().Equal(("1080p", CacheOutcome.Miss), ("720p", CacheOutcome.Miss), ("480p", CacheOutcome.Miss));
        again.Select(static one => (one.Name, one.Outcome)).Should().Equal(("1080p", CacheOutcome.Hit), ("720p", CacheOutcome.Hit), ("480p", CacheOutcome.Hit));
        again.Select(static one => TestJob.Tree(one.Directory)).Should().BeEquivalentTo(encoded.Select(static one => TestJob.Tree(one.Directory)), static options => options.WithStrictOrdering());
        cache.Log.Of(100).Should().HaveCount(6, "each has its line, once");
        cache.Log.Of(400).Should().BeEmpty();
    }

    [Fact]
    public async Task Profile_from_a_ladder_hits_for_a_single_encode_and_the_other_way_round()
    {
        await using var cache = new TestCache();
        var job = await LadderJob.StartAsync(cache);
        await job.EncodeOneAsync(LadderJob.Profiles[1]);

        var encoded = await job.EncodeAsync();
        var single = await job.EncodeOneAsync(LadderJob.Profiles[2]);

        job.Inner.Runs.Should().ContainSingle().Which.Should().BeEquivalentTo(["1080p", "480p"]);
        encoded.Select(static one => one.Outcome).Should().Equal(CacheOutcome.Miss, CacheOutcome.Hit, CacheOutcome.Miss);
        single.Outcome.Should().Be(CacheOutcome.Hit);
    }

    [Fact]
    public async Task One_missing_profile_is_encoded_by_itself()
    {
        await using var cache = new TestCache();
        var job = await LadderJob.StartAsync(cache);
        await job.EncodeAsync(LadderJob.Profiles[..2]);

        await job.EncodeAsync();

        job.Inner.Runs.Should().ContainSingle();
        job.Inner.Singles.Should().Equal("480p");
    }

    [Fact]
    public async Task Each_profile_is_stored_as_soon_as_it_is_whole()
    {
        await using var cache = new TestCache();
        var job = await LadderJob.StartAsync(cache);
        var stored = new List<int>();
        job.Inner.Before = async (_, token) =>
        {
            await cache.Manager.FlushAsync(token);
            stored.Add(job.Stored);
        };

        await job.EncodeAsync();

        stored.Should().Equal(0, 1, 2);
    }

    [Fact]
    public async Task Caller_is_told_of_each_profile_once_with_its_own_request()
    {
        await using var cache = new TestCache();
        var job = await LadderJob.StartAsync(cache);
        await job.EncodeOneAsync(LadderJob.Profiles[0]);
        job.Inner.Bad = "480p";
        EncodeRequest[] requests = [.. LadderJob.Profiles.Select(profile => job.Request(profile))];
        var told = new List<(EncodeRequest, string)>();

        await job.EncodeAsync(requests, (request, encoded) =>
        {
            told.Add((request, encoded.Name));
            return Task.CompletedTask;
        });

        told.Should().BeEquivalentTo(requests.Select(static request => (request, request.Profile.Name)));
    }

    [Fact]
    public async Task Caller_is_told_when_no_key_is_held_that_another_worker_may_wait_for()
    {
        await using var cache = new TestCache();
        var job = await LadderJob.StartAsync(cache);
        await job.EncodeOneAsync((await job.ByKeyAsync())[1]);
        var held = new List<int>();

        await job.EncodeAsync(LadderJob.Profiles, async (_, _) =>
        {
            await cache.Manager.FlushAsync();
            held.Add(Directory.GetFiles(Path.Combine(cache.Settings.ProfilesDirectory, "locks"), "make-*").Length);
        });

        held.Should().Equal(0, 0, 0);
    }

    [Fact]
    public async Task Result_of_one_request_is_not_taken_for_that_of_another_with_the_same_name()
    {
        await using var cache = new TestCache();
        var job = await LadderJob.StartAsync(cache);
        EncodeRequest[] requests = [job.Request(new("720p") { VideoBitrate = "1000k" }), job.Request(new("720p") { VideoBitrate = "2000k" }), job.Request(new("480p"))];
        job.Inner.LeavesOut = request => request.Profile == requests[1].Profile;

        var encoded = await job.EncodeAsync(requests);

        job.Inner.Runs.Should().ContainSingle();
        job.Inner.Singles.Should().Equal("720p");
        encoded.Select(static one => one.Directory).Should().Equal(requests.Select(static request => request.OutputDirectory));
    }

    [Fact]
    public async Task Run_that_somebody_ended_is_not_begun_again_one_by_one()
    {
        await using var cache = new TestCache();
        var job = await LadderJob.StartAsync(cache);
        job.Inner.Before = static (_, _) => throw new StageException("ended from outside") { IsTransient = true };

        var encode = () => job.EncodeAsync();

        await encode.Should().ThrowAsync<StageException>();
        job.Inner.Singles.Should().BeEmpty();
        cache.Log.Of(106).Should().BeEmpty("it says nothing of the source");
    }

    [Fact]
    public async Task Run_that_a_full_disk_ended_is_tried_one_by_one()
    {
        await using var cache = new TestCache();
        var job = await LadderJob.StartAsync(cache);
        job.Inner.Before = static (_, _) => throw new StageException("full", new IOException("No space left on device", 28)) { IsTransient = true };

        var encoded = await job.EncodeAsync();

        encoded.Should().HaveCount(3);
        job.Inner.Singles.Should().HaveCount(3);
    }

    [Fact]
    public async Task What_a_run_will_not_make_is_not_held_while_it_lasts()
    {
        await using var cache = new TestCache();
        var (job, other) = (await LadderJob.StartAsync(cache), await LadderJob.StartAsync(cache));
        var byKey = await job.ByKeyAsync();
        job.Inner.Groups = requests => [[.. requests.Where(request => request.Profile != byKey[0])]];
        var meanwhile = CacheOutcome.Bypass;
        job.Inner.Before = async (done, token) => meanwhile = done == 0 ? (await other.Encoder.EncodeAsync(other.Request(byKey[0]), null, token).Guarded()).Outcome : meanwhile;

        await job.EncodeAsync().Guarded();

        meanwhile.Should().Be(CacheOutcome.Miss, "it need not wait for a run that does not make it");
        job.Inner.Runs.Should().ContainSingle().Which.Should().HaveCount(2);
    }

    [Fact]
    public async Task Each_run_has_its_own_wall_time_shared_out()
    {
        var time = new DrivenTime();
        await using var cache = new TestCache(static settings => settings with { OperationTimeout = TimeSpan.FromDays(1) }, time: time);
        var job = await LadderJob.StartAsync(cache);
        var profiles = LadderJob.Profiles.Append(new EncodingProfile("240p") { VideoBitrate = "300k" }).ToArray();
        job.Inner.Groups = static requests => [[.. requests.Take(2)], [.. requests.Skip(2)]];
        job.Inner.Before = (done, _) =>
        {
            time.Advance(done == 0 ? TimeSpan.FromSeconds(30) : TimeSpan.Zero);
            return Task.CompletedTask;
        };
        await job.EncodeAsync(profiles);

        await job.EncodeAsync(profiles);

        cache.Log.Of(100).Skip(4).Should().HaveCount(4).And.OnlyContain(static line => line.Contains(" 15.0 s saved"), "{0}", cache.Log);
    }

    [Fact]
    public async Task Encoder_that_cannot_say_what_goes_together_is_called_for_each()
    {
        await using var cache = new TestCache();
        var job = await LadderJob.StartAsync(cache);
        job.Inner.Groups = static _ => throw new InvalidOperationException("which");

        var encoded = await job.EncodeAsync();

        encoded.Should().HaveCount(3);
        job.Inner.Singles.Should().HaveCount(3);
        cache.Log.Of(207).Should().ContainSingle();
    }

    [Fact]
    public async Task Profile_that_a_run_leaves_out_is_encoded_by_itself_and_takes_no_other_with_it()
    {
        await using var cache = new TestCache();
        var job = await LadderJob.StartAsync(cache);
        job.Inner.Bad = "720p";

        var encoded = await job.EncodeAsync();

        job.Inner.Singles.Should().Equal("720p");
        job.Stored.Should().Be(3);
        encoded.Should().OnlyContain(static one => one.Outcome == CacheOutcome.Miss);
    }

    [Fact]
    public async Task Run_that_tells_nobody_until_its_end_is_stored_all_the_same()
    {
        await using var cache = new TestCache();
        var job = await LadderJob.StartAsync(cache);
        job.Inner.TellsNobody = true;

        await job.EncodeAsync();

        (job.Stored, job.Inner.Singles.Count).Should().Be((3, 0));
    }

    [Fact]
    public async Task Profile_that_is_not_whole_is_the_jobs_and_not_stored_as_without_a_ladder()
    {
        await using var cache = new TestCache();
        var job = await LadderJob.StartAsync(cache);
        job.Inner.Inner.After = static request =>
        {
            if (request.Profile.Name == "720p")
            {
                File.Delete(Path.Combine(request.OutputDirectory, "seg_00002.ts"));
            }
        };

        var encoded = await job.EncodeAsync();

        (job.Stored, job.Inner.Runs.Count, job.Inner.Singles.Count).Should().Be((2, 1, 0));
        cache.Log.Of(201).Should().ContainSingle().Which.Should().Contain("720p");
        encoded.Should().HaveCount(3);
    }

    [Fact]
    public async Task Run_that_fails_keeps_what_was_whole_and_the_rest_is_encoded_one_by_one()
    {
        await using var cache = new TestCache();
        var job = await LadderJob.StartAsync(cache);
        job.Inner.Before = static (done, _) => done < 1 ? Task.CompletedTask : throw new InvalidOperationException("killed");

        var encoded = await job.EncodeAsync();

        job.Inner.Singles.Should().HaveCount(2).And.BeSubsetOf(job.Inner.Runs.Single()).And.NotContain(job.Inner.Runs.Single()[0]);
        job.Stored.Should().Be(3);
        encoded.Should().OnlyContain(static one => one.Outcome == CacheOutcome.Miss);
        cache.Log.Of(207).Should().ContainSingle().Which.Should().Contain("3 profiles").And.Contain("1 of them").And.Contain(nameof(InvalidOperationException));
    }

    [Fact]
    public async Task Source_that_no_encode_can_read_fails_and_is_suspected_as_without_a_ladder()
    {
        await using var cache = new TestCache();
        var job = new TestJob(cache, new FakeDownloader(Bytes.Random(20_000)));
        var inner = new FakeLadderEncoder { Before = static (_, _) => throw new InvalidOperationException("in a run") };
        inner.BeforeSingle = static (_, _) => throw new InvalidDataException("by itself");
        var video = await job.DownloadAsync();
        var encoder = new CachingProfileEncoder(inner, cache.Manager);

        var encode = () => encoder.EncodeTogetherAsync([.. LadderJob.Profiles.Select(profile => new EncodeRequest(video, profile, cache.WorkPath(profile.Name)) { JobId = "job-1" })]);

        await encode.Should().ThrowAsync<InvalidDataException>();
        inner.Singles.Should().Equal(["1080p"], "the job has failed by then, as it would have");
        cache.Log.Of(106).Should().ContainSingle("the single run says what it says of the source, and the run of all nothing");
        cache.Log.Of(110).Should().ContainSingle();
        cache.Entries("sources").Should().BeEmpty();
    }

    [Fact]
    public async Task Cancellation_ends_the_run_encodes_nothing_else_and_keeps_what_was_whole()
    {
        await using var cache = new TestCache();
        var job = await LadderJob.StartAsync(cache);
        using var cancellation = new CancellationTokenSource();
        job.Inner.Before = async (done, token) =>
        {
            if (done == 1)
            {
                await cancellation.CancelAsync();
                token.ThrowIfCancellationRequested();
            }
        };

        var encode = () => job.EncodeAsync(LadderJob.Profiles, cancellationToken: cancellation.Token);

        await encode.Should().ThrowAsync<OperationCanceledException>();
        (job.Stored, job.Inner.Singles.Count).Should().Be((1, 0));
        cache.Log.Of(110).Should().HaveCount(2).And.OnlyContain(static line => line.Contains("cancelled"));
        cache.Log.Of(207).Should().BeEmpty();
    }

    [Fact]
    public async Task Listener_that_throws_ends_the_call_and_is_no_failure_of_the_run()
    {
        await using var cache = new TestCache();
        var job = await LadderJob.StartAsync(cache);

        var encode = () => job.EncodeAsync(LadderJob.Profiles, static (_, _) => throw new NotSupportedException("the listener"));

        await encode.Should().ThrowAsync<NotSupportedException>();
        (job.Stored, job.Inner.Singles.Count).Should().Be((3, 0));
        cache.Log.Of(207).Should().BeEmpty();
    }

    [Fact]
    public async Task Wall_time_of_a_run_is_shared_out_among_its_profiles()
    {
        var time = new DrivenTime();
        await using var cache = new TestCache(static settings => settings with { OperationTimeout = TimeSpan.FromDays(1) }, time: time);
        var job = await LadderJob.StartAsync(cache);
        job.Inner.Before = (done, _) =>
        {
            time.Advance(done == 0 ? TimeSpan.FromSeconds(30) : TimeSpan.Zero);
            return Task.CompletedTask;
        };
        await job.EncodeAsync();

        await job.EncodeAsync();

        cache.Log.Of(100).Skip(3).Should().HaveCount(3).And.OnlyContain(static line => line.Contains(" 10.0 s saved"), "{0}", cache.Log);
    }

    [Fact]
    public async Task Job_needs_the_profiles_of_a_run_as_it_needs_those_of_single_encodes()
    {
        await using var together = new TestCache();
        await using var single = new TestCache();
        var (one, other) = (await LadderJob.StartAsync(together), await LadderJob.StartAsync(single));

        await one.EncodeAsync();
        foreach (var profile in LadderJob.Profiles)
        {
            await other.EncodeOneAsync(profile);
        }

        (await NeedsAsync(together)).Should().HaveCount(3).And.BeEquivalentTo(await NeedsAsync(single));
        together.Entries("profiles").Select(Path.GetFileName).Should().BeEquivalentTo(single.Entries("profiles").Select(Path.GetFileName));

        static async Task<IEnumerable<string>> NeedsAsync(TestCache cache)
        {
            var jobs = await cache.Manager.Jobs.ListAsync(CancellationToken.None).ToListAsync();
            return jobs.Single(static job => job.JobId == "job-1").ProfileEntries;
        }
    }

    [Fact]
    public async Task Profiles_of_another_source_and_those_that_are_never_stored_are_encoded_by_themselves()
    {
        await using var cache = new TestCache();
        var job = await LadderJob.StartAsync(cache);
        var other = await TestJob.SourceAsync(cache, "other.mp4", seed: 2);
        var recipe = new EncodeRecipe { Cacheable = false };

        await job.EncodeAsync(
        [
            job.Request(LadderJob.Profiles[0]), job.Request(LadderJob.Profiles[1]),
            job.Request(LadderJob.Profiles[2]) with { Source = other }, job.Request(new("240p")) with { Recipe = recipe }, job.Request(new("120p")) with { Use = CacheUse.Bypass },
        ]);

        job.Inner.Runs.Should().ContainSingle().Which.Should().BeEquivalentTo(["1080p", "720p"]);
        job.Inner.Singles.Should().Equal("480p", "240p", "120p");
    }

    [Fact]
    public async Task Two_requests_for_one_profile_are_made_once()
    {
        await using var cache = new TestCache();
        var job = await LadderJob.StartAsync(cache);

        var encoded = await job.EncodeAsync([LadderJob.Profiles[0], LadderJob.Profiles[0], LadderJob.Profiles[1]]);

        job.Inner.Inner.Calls.Should().Be(2);
        encoded.Select(static one => TestJob.Tree(one.Directory).Count).Should().Equal(5, 5, 5);
    }

    [Theory]
    [InlineData("off")]
    [InlineData("layer off")]
    [InlineData("observe")]
    [InlineData("no store")]
    [InlineData("bypass")]
    [InlineData("DISABLED")]
    public async Task Cache_that_stores_nothing_leaves_the_run_as_it_is(string how)
    {
        await using var cache = new TestCache(settings => how switch
        {
            "off" => settings with { Enabled = false },
            "layer off" => settings with { ProfilesMode = LayerMode.Off },
            "observe" => settings with { ProfilesMode = LayerMode.Observe },
            _ => settings,
        });
        if (how == "DISABLED")
        {
            await File.WriteAllTextAsync(Path.Combine(Directory.CreateDirectory(cache.Settings.Root).FullName, "DISABLED"), "");
        }

        var job = await LadderJob.StartAsync(cache);
        var encoded = await job.EncodeAsync(LadderJob.Profiles.Select(profile => job.Request(profile) with
        {
            Use = how switch { "no store" => CacheUse.NoStore, "bypass" => CacheUse.Bypass, _ => CacheUse.Use },
        }));

        job.Inner.Runs.Should().ContainSingle("a cache that is of no use must not cost the decode");
        job.Inner.Singles.Should().BeEmpty();
        encoded.Select(static one => TestJob.Tree(one.Directory).Count).Should().Equal(5, 5, 5);
        job.Stored.Should().Be(0);
        cache.Log.Of(201).Should().BeEmpty();
        cache.Log.Of(100).Should().HaveCount(how is "off" or "layer off" ? 0 : 3);
    }

    [Fact]
    public async Task Disk_without_room_stores_nothing_and_the_job_has_its_profiles()
    {
        await using var cache = new TestCache(fileSystem: new DiskOfSize(available: 1_000));
        var job = await LadderJob.StartAsync(cache);

        var encoded = await job.EncodeAsync();

        encoded.Select(static one => TestJob.Tree(one.Directory).Count).Should().Equal(5, 5, 5);
        (job.Stored, job.Inner.Runs.Count, job.Inner.Singles.Count).Should().Be((0, 1, 0));
    }
}
