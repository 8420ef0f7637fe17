using Microsoft.Extensions.Logging.Abstractions;
using SmartCache.Profiles;
using SmartCache.Storage.Platform;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Profiles;

/// <summary>What the judgement on an encode says, and whom it suspects.</summary>
public sealed class ProfileAcceptanceTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("smartcache-test-").FullName;
    private readonly OperationPulse _pulse = OperationPulse.Unwatched(CancellationToken.None);
    private readonly ProfileAcceptance _acceptance = new(FileSystem.Current, NullLogger.Instance);

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Profile_without_a_playlist_says_nothing_against_its_source()
    {
        var verdict = _acceptance.Judge(Key(8), Profile(), null, _pulse);

        verdict.Contents.Should().BeNull();
        verdict.IsShort.Should().BeFalse();
        verdict.Why.Code.Should().Be(CacheReason.Refused);
    }

    [Fact]
    public void Profile_whose_length_nobody_knows_says_nothing_against_its_source()
    {
        Write(8);

        var verdict = _acceptance.Judge(Key(null), Profile(), null, _pulse);

        verdict.Contents.Should().BeNull();
        verdict.IsShort.Should().BeFalse();
        verdict.Why.Code.Should().Be(CacheReason.DurationUnknown);
    }

    [Fact]
    public void That_nobody_knows_the_length_is_said_once()
    {
        var log = new ListLogger();
        var acceptance = new ProfileAcceptance(FileSystem.Current, log);
        Write(8);

        acceptance.Judge(Key(null), Profile(), null, _pulse);
        log.Of(202).Should().ContainSingle();

        acceptance.Judge(Key(null), Profile(), null, _pulse);
        log.Of(202).Should().ContainSingle();
    }

    [Fact]
    public void Profile_that_is_too_short_puts_its_source_under_suspicion_and_says_by_how_much()
    {
        Write(6);

        var verdict = _acceptance.Judge(Key(8), Profile(), null, _pulse);

        verdict.IsShort.Should().BeTrue();
        verdict.Why.Text.Should().Be("it lasts 6.0 s, 8.0 s were expected");
    }

    [Fact]
    public void Length_that_the_probe_gave_is_said_with_where_it_comes_from()
    {
        Write(6);

        var verdict = _acceptance.Judge(Key(null, (MediaFacts.Duration, "8"), (MediaFacts.DurationSource, MediaFacts.FromContainer)), Profile(), null, _pulse);

        verdict.IsShort.Should().BeFalse("a container's length is a bound only");
        verdict.Why.Text.Should().Be("it lasts 6.0 s, 8.0 s were expected, from the source's duration.source=container");
    }

    [Fact]
    public void Media_file_that_nothing_reaches_is_named_and_says_nothing_against_the_source()
    {
        using var before = DirectoryBefore.Enter(FileSystem.Current, _root);
        before.Look(_pulse).Should().BeTrue();
        Write(8);
        File.WriteAllText(Path.Combine(_root, "subtitles.vtt"), "WEBVTT");

        var verdict = _acceptance.Judge(Key(8), Profile(), before, _pulse);

        verdict.Contents.Should().BeNull();
        verdict.IsShort.Should().BeFalse();
        verdict.Why.Text.Should().Contain("subtitles.vtt").And.Contain(nameof(EncodedProfile.ExtraFiles));
    }

    [Fact]
    public void Profile_that_is_whole_has_its_files_and_no_reason()
    {
        Write(8);

        var verdict = _acceptance.Judge(Key(8), Profile(), null, _pulse);

        verdict.Contents.Should().NotBeNull();
        verdict.IsShort.Should().BeFalse();
    }

    private static ProfileKey Key(double? seconds, params (string Name, string Value)[] facts) => ProfileKey.From(
        new SourceMedia { ContentHash = new string('a', 64), Length = 1, Facts = facts.ToDictionary(static fact => fact.Name, static fact => fact.Value) },
        new EncodeRecipe { Arguments = ["-c:v", "libx264"], EncoderVersion = "1", ExpectedDuration = seconds is { } known ? TimeSpan.FromSeconds(known) : null });

    private EncodedProfile Profile() => new() { Name = "720p", Directory = _root, Playlist = "index.m3u8" };

    private void Write(int seconds)
    {
        File.WriteAllText(Path.Combine(_root, "seg.ts"), "ts");
        File.WriteAllText(Path.Combine(_root, "index.m3u8"), $"#EXTM3U\n#EXTINF:{seconds}.0,\nseg.ts\n#EXT-X-ENDLIST\n");
    }
}
