using SmartCache.Tests.Support;
using SmartCache.Tests.Uploads;

namespace SmartCache.Tests.Tool;

/// <summary><c>jobs</c> and <c>job ID</c>.</summary>
public class JobCommandTests
{
    [Fact]
    public async Task Jobs_are_listed_the_one_that_moved_last_first_and_one_is_found_by_id_digits_and_beginning()
    {
        var time = new ShiftedTime();
        await using var cache = new TestCache(static settings => settings with { History = 1_000_000 }, time: time);
        await cache.UseAsync();
        time.Shift += TimeSpan.FromMinutes(10);
        await cache.Manager.ExpectRetryAsync("other", time.GetUtcNow().AddHours(1));
        await cache.Manager.FlushAsync();

        var jobs = (await ToolCall.OnAsync(cache, "jobs", "--json")).Json;
        jobs.EnumerateArray().Select(static job => job.GetProperty("id").GetString()).Should().Equal("other", "job-1");
        var digits = jobs[1].GetProperty("job").GetString()!;
        foreach (var name in new[] { "job-1", "job", digits, digits[..8] })
        {
            (await ToolCall.OnAsync(cache, "job", name, "--json")).Json.GetProperty("job").GetProperty("id").GetString().Should().Be("job-1");
        }

        (await ToolCall.OnAsync(cache, "jobs")).Output.Should().Contain("waits for a retry").And.Contain("ended").And.Contain("2 jobs, 1 unfinished");
        (await ToolCall.OnAsync(cache, "job", "nobody")).Code.Should().Be(1);
    }

    [Fact]
    public async Task Stages_of_a_job_say_what_each_came_to_and_what_is_left_to_upload()
    {
        await using var cache = await ToolCall.UsedCacheAsync();

        var job = (await ToolCall.OnAsync(cache, "job", "job-1", "--json")).Json;
        var text = await ToolCall.OnAsync(cache, "job", "job-1");

        job.GetProperty("stages").EnumerateArray().Select(static stage => $"{stage.GetProperty("layer").GetString()} {stage.GetProperty("outcome").GetString()}").Should().Equal(
            "sources Miss", "profiles Miss", "uploads Miss", "sources Hit", "profiles Hit", "uploads Hit");
        job.GetProperty("job").GetProperty("rootCid").GetString().Should().Be("bafyroot");
        text.Output.Should().Contain("bafyroot").And.Contain("Left to upload").And.Contain("nothing").And.Contain("Next: smartcache why");
    }
}
