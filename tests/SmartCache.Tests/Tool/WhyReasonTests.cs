using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using SmartCache.Abstractions;
using SmartCache.Tests.Support;
using SmartCache.Tests.Uploads;
using SmartCache.Tool.Views;

namespace SmartCache.Tests.Tool;

/// <summary>Each reason is brought about in a real cache, and <c>why</c> of the job names it with what to do. A new code without a case is red.</summary>
public class WhyReasonTests
{
    private static readonly UploadTarget _target = new("node-1", "v1");

    private static readonly Dictionary<CacheReason, Func<Case, Task>> _cases = new()
    {
        [CacheReason.None] = static at => at.DownloadTwiceAsync(),
        [CacheReason.RefreshAsked] = static at => at.Job.DownloadAsync(CacheUse.Refresh),
        [CacheReason.BypassAsked] = static async at => await at.Job.EncodeAsync(await at.Job.DownloadAsync(), use: CacheUse.Bypass),
        [CacheReason.NotCached] = static at => at.Job.DownloadAsync(),
        [CacheReason.NoLongerCached] = static async at =>
        {
            await at.Job.DownloadAsync();
            Directory.Delete(at.Cache.Entries("sources").Single(), recursive: true);
            await at.Job.DownloadAsync();
        },
        [CacheReason.TooOld] = static async at =>
        {
            await at.Job.DownloadAsync();
            at.Time.Shift += at.Cache.Settings.MaxSourceAge + TimeSpan.FromMinutes(1);
            await at.Job.DownloadAsync();
        },
        [CacheReason.NotAccepted] = static at => at.EncodeTwiceAsync(static encoder => encoder.Accept = static _ => false),
        [CacheReason.Refused] = static async at =>
        {
            at.Video = Encoding.UTF8.GetBytes("<html>" + new string('x', 5000));
            await at.DownloadTwiceAsync();
        },
        [CacheReason.NoRoom] = static async at =>
        {
            at.Video = Bytes.Random(5_000_000);
            at.Cache.Settings = at.Cache.Settings with { MaxSize = 3_000_000 };
            await at.DownloadTwiceAsync();
        },
        [CacheReason.DurationUnknown] = static at =>
        {
            at.Probe.Duration = null;
            at.Job.InnerEncoder.ExpectedDuration = null;
            return at.EncodeTwiceAsync(static _ => { });
        },
        [CacheReason.ChangedByWorker] = static async at =>
        {
            at.WhileHashed = static path => File.AppendAllText(path, "more");
            await at.DownloadTwiceAsync();
        },
        [CacheReason.DatedAhead] = static async at =>
        {
            at.Job.InnerEncoder.After = static request => File.SetLastWriteTimeUtc(Path.Combine(request.OutputDirectory, "index.m3u8"), DateTime.UtcNow.AddHours(1));
            await at.EncodeTwiceAsync(static _ => { });
        },
        [CacheReason.Cancelled] = static async at =>
        {
            using var cancel = new CancellationTokenSource();
            at.Job.InnerEncoder.After = _ => cancel.Cancel();
            var source = await TestJob.SourceAsync(at.Cache);
            await at.Job.Encoder.EncodeAsync(new EncodeRequest(source, TestJob.Profile, at.Cache.WorkPath("cancelled")) { JobId = "job-1" }, null, cancel.Token);
            at.Job.InnerEncoder.After = null;
            await at.Job.EncodeAsync(source);
        },
        [CacheReason.Damaged] = static async at =>
        {
            await at.Job.DownloadAsync();
            await File.AppendAllTextAsync(Directory.GetFiles(at.Cache.Entries("sources").Single(), "source.*").Single(), "more");
            await at.Job.DownloadAsync();
        },
        [CacheReason.OtherContent] = static async at =>
        {
            await at.Job.DownloadAsync();
            await at.Job.DownloadAsync(at.Job.Request() with { ExpectedLength = 4711 });
        },
        [CacheReason.NewerVersion] = static async at =>
        {
            await at.Job.DownloadAsync();
            var path = Directory.GetFiles(Path.Combine(at.Cache.CacheRoot(), "sources", "keys")).Single();
            var record = JsonNode.Parse(await File.ReadAllTextAsync(path))!;
            record["version"] = 2;
            await File.WriteAllTextAsync(path, record.ToJsonString());
            await at.Job.DownloadAsync();
        },
        [CacheReason.BeingRemoved] = static async at =>
        {
            await at.Job.DownloadAsync();
            var entry = at.Cache.Names().Single();
            at.Held = at.Cache.TryLease(entry, out _);
            await at.Cache.Manager.RemoveEntryAsync(EntryKind.Source, entry);
            await at.Job.DownloadAsync();
        },
        [CacheReason.InUse] = static async at =>
        {
            var media = (await at.Job.DownloadAsync()).Media!;
            var layer = at.Cache.Layer();
            at.Cache.Manager.SourceStore.Catalog.Learn(media.ContentHash, media.Length, static known => known with { Suspected = true });
            at.Held = layer.Directory.TryLock("entry-" + at.Cache.Names().Single(), exclusive: true);
            await at.Job.DownloadAsync();
        },
        [CacheReason.NoAccess] = static async at =>
        {
            await at.Job.DownloadAsync();
            at.Disk.At = at.Cache.Names().Single();
            await at.Job.DownloadAsync();
        },
        [CacheReason.Disabled] = static async at =>
        {
            await at.Job.DownloadAsync();
            await at.Cache.Manager.FlushAsync();
            await File.WriteAllTextAsync(Path.Combine(at.Cache.CacheRoot(), "DISABLED"), "");
            await at.Job.DownloadAsync();
        },
        [CacheReason.ForeignDirectory] = static async at =>
        {
            await at.Job.DownloadAsync();
            await at.Cache.Manager.FlushAsync();
            Directory.Delete(Path.Combine(at.Cache.CacheRoot(), "profiles"), recursive: true);
            Directory.CreateDirectory(Path.Combine(at.Cache.CacheRoot(), "profiles"));
            await File.WriteAllTextAsync(Path.Combine(at.Cache.CacheRoot(), "profiles", "holiday.jpg"), "x");
            await at.Job.DownloadAsync();
        },
        [CacheReason.Resting] = static async at =>
        {
            await at.Job.DownloadAsync();
            await at.HangAsync(times: 3);
            await at.Job.DownloadAsync();
        },
        [CacheReason.Fault] = static async at =>
        {
            await at.Cache.Manager.CleanupAsync();
            Directory.Delete(Path.Combine(at.Cache.CacheRoot(), "sources"), recursive: true);
            await File.WriteAllTextAsync(Path.Combine(at.Cache.CacheRoot(), "sources"), "a file in its place");
            await at.Job.DownloadAsync();
        },
        [CacheReason.Observing] = static async at =>
        {
            at.Cache.Settings = at.Cache.Settings with { ProfilesMode = LayerMode.Observe };
            await at.EncodeTwiceAsync(static encoder => encoder.Version = "fake 2.0");
        },
        [CacheReason.WouldHaveHit] = static async at =>
        {
            at.Cache.Settings = at.Cache.Settings with { SourcesMode = LayerMode.Observe };
            await at.DownloadTwiceAsync();
        },
        [CacheReason.NoKey] = static async at => await at.Job.EncodeAsync(await TestJob.SourceAsync(at.Cache), TestJob.Profile with { Parameters = new Dictionary<string, string> { ["odd"] = null! } }),
        [CacheReason.NotDescribed] = static at => at.EncodeTwiceAsync(static encoder => encoder.DescribeThrows = new InvalidOperationException()),
        [CacheReason.NotCacheable] = static at => at.EncodeTwiceAsync(static encoder => encoder.Version = null),
        [CacheReason.HashUnknown] = static async at => await at.Job.EncodeAsync((await TestJob.SourceAsync(at.Cache)) with { Path = at.Cache.WorkPath("none.mp4") }),
        [CacheReason.MissingOnTarget] = static at => at.UploadTwiceAsync(Presence.Missing),
        [CacheReason.TargetDoesNotSay] = static at => at.UploadTwiceAsync(Presence.Unknown),
        [CacheReason.TreeNotWhole] = static async at =>
        {
            File.CreateSymbolicLink(Path.Combine(at.Tree(), "link"), "one");
            await at.UploadAsync();
        },
    };

    public static TheoryData<CacheReason> Reasons => [.. Enum.GetValues<CacheReason>()];

    [Theory]
    [MemberData(nameof(Reasons))]
    public async Task Each_reason_is_named_with_its_meaning_and_what_to_do_where_it_really_came_about(CacheReason reason)
    {
        await using var at = new Case();
        _cases.Should().ContainKey(reason, "a new reason needs a case here");
        await _cases[reason](at);
        await at.Cache.Manager.FlushAsync();

        var json = await ToolCall.OnAsync(at.Cache, "why", "job-1", "--json");
        var text = await ToolCall.OnAsync(at.Cache, "why", "job-1");

        ReasonsIn(json.Json).Should().Contain(reason.ToString(), json.Output + at.Cache.Log);
        text.Output.Should().Contain($"{reason}: {(reason == CacheReason.None ? "it was served" : ReasonTexts.MeaningOf(reason))}");
        if (reason != CacheReason.None)
        {
            text.Output.Should().Contain(ReasonTexts.WhatToDo(reason));
        }
    }

    private static IEnumerable<string?> ReasonsIn(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Array => element.EnumerateArray().SelectMany(ReasonsIn),
        JsonValueKind.Object => element.EnumerateObject().SelectMany(static property => property is { Name: "reason", Value.ValueKind: JsonValueKind.String } ? [property.Value.GetString()] : ReasonsIn(property.Value)),
        _ => [],
    };

    private sealed class Case : IAsyncDisposable
    {
        private Presence _presence;
        private string? _downloaded;

        public Case()
        {
            Cache = new TestCache(
                static settings => settings with { History = 1_000_000 },
                Probe,
                Time,
                fileSystem: Disk,
                with: services => services with { Presence = new AnsweringPresence((_, _) => _presence) });
            Probe.Before = _ => WhileHashed?.Invoke(_downloaded!);
            Job = new TestJob(Cache, new FakeDownloader(request =>
            {
                _downloaded = request.DestinationPath;
                return Video;
            }));
        }

        public TestCache Cache { get; }

        public TestJob Job { get; }

        public FakeProbe Probe { get; } = new();

        public ShiftedTime Time { get; } = new();

        public DamagedPlace Disk { get; } = new() { Error = static () => new UnauthorizedAccessException("another user's") };

        public byte[] Video { get; set; } = UseOfACache.Video;

        public Action<string>? WhileHashed { get; set; }

        public IDisposable? Held { get; set; }

        public async Task DownloadTwiceAsync()
        {
            await Job.DownloadAsync();
            await Job.DownloadAsync();
        }

        public async Task EncodeTwiceAsync(Action<FakeEncoder> second)
        {
            var source = await TestJob.SourceAsync(Cache);
            await Job.EncodeAsync(source);
            second(Job.InnerEncoder);
            await Job.EncodeAsync(source);
        }

        public string Tree()
        {
            var tree = Directory.CreateDirectory(Cache.WorkPath("tree")).FullName;
            File.WriteAllText(Path.Combine(tree, "one"), "one");
            return tree;
        }

        public Task<UploadResult> UploadAsync() => new ResumingIpfsUploader(new ScriptedUploader(_target), Cache.Manager).UploadAsync(new UploadRequest("job-1", Tree()) { Target = _target });

        public async Task UploadTwiceAsync(Presence answer)
        {
            _presence = answer;
            Cache.Settings = Cache.Settings with { TrustUploads = TimeSpan.Zero };
            await UploadAsync();
            Time.Shift += TimeSpan.FromMinutes(1);
            await UploadAsync();
        }

        /// <summary>Operations of the source layer that do not come back in time.</summary>
        public async Task HangAsync(int times)
        {
            var patience = Cache.Settings;
            Cache.Settings = patience with { OperationTimeout = TimeSpan.FromMilliseconds(20) };
            using var never = new ManualResetEventSlim(false);
            for (var i = 0; i < times; i++)
            {
                await Cache.Layer().Boundary.AttemptAsync("hang", 0, _ => never.Wait(Timeout.Infinite) ? 1 : 2, CancellationToken.None).AsTask().Guarded();
            }

            Cache.Settings = patience;
            never.Set();
        }

        public ValueTask DisposeAsync()
        {
            Held?.Dispose();
            return Cache.DisposeAsync();
        }
    }
}
