using SmartCache.Tests.Support;
using SmartCache.Tests.Uploads;

namespace SmartCache.Tests.Hostile;

/// <summary>Job ids and profile names come from outside. They never become paths, and two that differ are two, whatever the file system takes for the same.</summary>
public class HostileNamesTests
{
    private static readonly UploadTarget _target = new("node", "v1");

    private static readonly string[] _names =
    [
        "../../../../escaped", "/etc/escaped", "..\\..\\escaped", "C:\\escaped", "..", ".", "a/../../b",
        "CON", "nul.ts", "COM1", "LPT¹.json", "a:stream", "a. ", "desktop.ini",
        new string('x', 10_000), "a\0b", "a\nb", "\u0001\u001b[2J", "\u202egnp.exe", "\ud800", "\u200b", " ",
        "Admin", "admin", "ADMIN", "\u0430dmin", "\uff0e\uff0e\uff0f", "e\u0301", "\u00e9", "ﬁ", "fi", "%2e%2e%2f", "$(id)", "-rf",
    ];

    public static TheoryData<int> Numbers => [.. Enumerable.Range(0, _names.Length)];

    // By number: a runner may not take an unpaired surrogate for what it is.
    [Theory]
    [MemberData(nameof(Numbers))]
    public async Task Job_and_profile_of_a_hostile_name_are_found_again_and_touch_nothing_outside(int number)
    {
        var name = _names[number];
        await using var cache = new TestCache();
        var beside = Directory.GetFileSystemEntries(cache.Root);
        var first = await RunJobAsync(cache, name, name, "first");
        var second = await RunJobAsync(cache, name, name, "second");

        first.Should().Be((CacheOutcome.Miss, CacheOutcome.Miss));
        second.Should().Be((CacheOutcome.Hit, CacheOutcome.Hit), cache.Log.ToString());
        (await cache.Manager.Uploads.LoadAsync(name))!.Attempts.Should().Be(2);
        await cache.Manager.CompleteJobAsync(name);
        await cache.Manager.CleanupAsync();
        cache.Log.Of(400).Should().BeEmpty();
        cache.Log.Lines.Should().NotContain(line => line.EventId != 400 && line.Text.Contains('\n'), "a name must not make lines of its own");
        Directory.GetFileSystemEntries(cache.Root).Except(beside).Should().Equal(cache.Settings.Root);
        Directory.GetFileSystemEntries(cache.Settings.Root, "*", SearchOption.AllDirectories).Select(Path.GetFileName)
            .Should().OnlyContain(file => file!.Length < 120 && file.All(static c => char.IsAsciiLetterOrDigit(c) || "._-".Contains(c)));
    }

    [Fact]
    public async Task Jobs_whose_names_only_look_alike_are_as_many_as_there_are_names()
    {
        await using var cache = new TestCache();
        foreach (var name in _names)
        {
            await cache.Manager.ExpectRetryAsync(name, DateTimeOffset.UtcNow.AddHours(1));
        }

        foreach (var name in _names)
        {
            (await cache.Manager.Uploads.LoadAsync(name)).Should().NotBeNull();
            (await cache.Manager.Uploads.RemoveAsync(name)).Should().BeTrue();
            (await cache.Manager.Uploads.LoadAsync(name)).Should().BeNull();
        }

        Directory.GetFiles(cache.Settings.UploadsDirectory, "*.json").Should().BeEmpty("each had exactly one state, of its own");
    }

    private static async Task<(CacheOutcome Source, CacheOutcome Profile)> RunJobAsync(TestCache cache, string job, string profile, string attempt)
    {
        var work = Directory.CreateDirectory(cache.WorkPath(attempt)).FullName;
        var video = await new CachingVideoDownloader(new FakeDownloader(Bytes.Random(20_000)), cache.Manager)
            .DownloadAsync(new DownloadRequest("http://example.test/video", Path.Combine(work, "v.mp4")) { JobId = job });
        var encoded = await new CachingProfileEncoder(new FakeEncoder(), cache.Manager)
            .EncodeAsync(new EncodeRequest(video, new EncodingProfile(profile), Path.Combine(work, "tree", "one")) { JobId = job });
        await cache.Manager.FlushAsync();
        encoded.Name.Should().Be(profile);
        var uploader = new ScriptedUploader(_target) { FailAt = attempt == "first" ? 2 : null };
        var upload = () => new ResumingIpfsUploader(uploader, cache.Manager).UploadAsync(new UploadRequest(job, Path.Combine(work, "tree")) { Profiles = [encoded], Target = _target });
        if (attempt == "first")
        {
            await upload.Should().ThrowAsync<IOException>();
        }
        else
        {
            await upload();
            uploader.Sent.Should().HaveCount(3, "two of five were confirmed before");
        }

        await cache.Manager.FlushAsync();
        return (video.Outcome, encoded.Outcome);
    }
}
