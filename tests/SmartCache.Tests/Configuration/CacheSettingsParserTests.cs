using SmartCache.Abstractions;
using SmartCache.Configuration;

namespace SmartCache.Tests.Configuration;

public class CacheSettingsParserTests
{
    private static readonly CacheSettingsParser Parser = new(["LRU", "FIFO", "SIZE"], "/base");

    public static TheoryData<string, string> WrongValues
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var key in SettingTable.All)
            {
                foreach (var value in WrongFor(key.Path))
                {
                    data.Add(key.Path, value);
                }
            }

            return data;
        }
    }

    public static TheoryData<string> Keys => new(SettingTable.All.Select(key => key.Path));

    [Theory]
    [MemberData(nameof(WrongValues))]
    public void A_wrong_value_names_its_key_itself_and_an_example(string path, string value)
    {
        var key = SettingTable.All.Single(key => key.Path == path);
        var parsed = Parse((path, value));

        var message = parsed.Failures.Should().ContainSingle().Subject.Message;
        message.Should().StartWith($"Cache:{path}: \"{value}\" ").And.EndWith($"Example: {key.Example}.").And.Contain("Allowed: ");
        parsed.Settings.Should().Be(Parse().Settings, "a wrong value leaves the default in its place");
    }

    [Fact]
    public void All_wrong_values_are_reported_at_once()
    {
        var parsed = Parse([.. SettingTable.All.Select(key => (key.Path, WrongFor(key.Path)[0]))]);
        parsed.Failures.Select(failure => failure.Key).Should().Equal(SettingTable.All);
        parsed.OnInvalidSettings.Should().Be(OnInvalidSettings.Fail);
    }

    [Theory]
    [MemberData(nameof(Keys))]
    public void The_example_in_an_error_is_a_right_value(string path)
    {
        var key = SettingTable.All.Single(key => key.Path == path);
        Parse((path, key.Example)).Failures.Should().BeEmpty();
    }

    [Fact]
    public void The_default_of_every_row_is_the_value_without_it()
    {
        var written = SettingTable.All.Where(key => !key.Path.StartsWith("Locations:", StringComparison.Ordinal)).Select(key => (key.Path, key.Default));
        Parse([.. written]).Should().BeEquivalentTo(Parse());
    }

    [Fact]
    public void The_defaults_are_those_of_the_design()
    {
        SettingTable.All.Select(key => (key.Path, key.Default)).Should().Equal(
            ("Enabled", "true"),
            ("Sources:Mode", "On"),
            ("Profiles:Mode", "On"),
            ("Uploads:Mode", "On"),
            ("Directory", "./cache"),
            ("Locations:Sources", "sources below the root"),
            ("Locations:Profiles", "profiles below the root"),
            ("Locations:Uploads", "uploads below the root"),
            ("MaxSize", "50GB"),
            ("MinFreeSpace", "5GB"),
            ("MinFreeInodes", "5%"),
            ("MaxAge", "24h"),
            ("MaxSourceAge", "24h"),
            ("UploadStateMaxAge", "7d"),
            ("TrustUploads", "1h"),
            ("ConfirmationsFlush", "5s"),
            ("CleanupInterval", "1h"),
            ("EvictionPolicy", "LRU"),
            ("History", "8MB"),
            ("Checkpoints:Mode", "Off"),
            ("Checkpoints:MinWork", "60s"),
            ("Prefetch:Mode", "On"),
            ("Prefetch:Ahead", "2"),
            ("Prefetch:Parallel", "1"),
            ("Prefetch:MaxShare", "20%"),
            ("Prefetch:MaxRate", "0"),
            ("Prefetch:DuringTransfers", "PauseForDownloads"),
            ("Warm:Interval", "Off"),
            ("Warm:MaxBytes", "10%"),
            ("Remote:Mode", "Off"),
            ("Remote:Sources", "Proven"),
            ("Remote:Profiles", "On"),
            ("Remote:Confirmations", "On"),
            ("Remote:Prefix", "smartcache"),
            ("Remote:LookupTimeout", "2s"),
            ("Remote:StallTimeout", "10s"),
            ("Remote:RestTime", "60s"),
            ("Remote:MissAge", "30s"),
            ("Remote:Coordinate", "Auto"),
            ("Remote:UploadRate", "0"),
            ("Remote:DownloadRate", "0"),
            ("Remote:Uploads", "2"),
            ("Remote:QueueSize", "10GB"),
            ("Remote:QueueAge", "24h"),
            ("Remote:MaxAge", "30d"),
            ("Materialize", "Auto"),
            ("Integrity", "Quick"),
            ("VerifyInterval", "7d"),
            ("LockTimeout", "5m"),
            ("OperationTimeout", "10s"),
            ("DirectoryMode", "0700"),
            ("OnInvalidSettings", "Fail"));

        var settings = Parse().Settings;
        settings.Should().Be(CacheSettings.ForRoot("/base/cache"));
        (settings.SourcesDirectory, settings.ProfilesDirectory, settings.UploadsDirectory)
            .Should().Be(("/base/cache/sources", "/base/cache/profiles", "/base/cache/uploads"));
        settings.MaxSize.Should().Be(50_000_000_000);
    }

    [Fact]
    public void Every_setting_reaches_the_parsed_record()
    {
        var parsed = Parse(
            ("Enabled", "False"), ("Sources:Mode", "Observe"), ("Profiles:Mode", "Off"), ("Uploads:Mode", "observe"),
            ("Directory", "/c"), ("Locations:Sources", "/s"), ("Locations:Profiles", "/p"), ("Locations:Uploads", "u"),
            ("MaxSize", "1GiB"), ("MinFreeSpace", "10%"), ("MinFreeInodes", "1000"), ("MaxAge", "2h"), ("MaxSourceAge", "0s"), ("UploadStateMaxAge", "3d"), ("TrustUploads", "2m"), ("ConfirmationsFlush", "onclose"),
            ("CleanupInterval", "10s"), ("EvictionPolicy", "fifo"), ("History", "64MB"), ("Checkpoints:Mode", "on"), ("Checkpoints:MinWork", "2m"), ("Materialize", "HardLink"), ("Integrity", "Full"), ("VerifyInterval", "1h"),
            ("Prefetch:Mode", "observe"), ("Prefetch:Ahead", "4"), ("Prefetch:Parallel", "3"), ("Prefetch:MaxShare", "5GB"), ("Prefetch:MaxRate", "10MB"), ("Prefetch:DuringTransfers", "share"),
            ("Warm:Interval", "6h"), ("Warm:MaxBytes", "12.5%"),
            ("Remote:Mode", "readwrite"), ("Remote:Sources", "All"), ("Remote:Profiles", "Off"), ("Remote:Confirmations", "off"), ("Remote:Prefix", "/a/b/"), ("Remote:LookupTimeout", "1s"),
            ("Remote:StallTimeout", "5s"), ("Remote:RestTime", "2m"), ("Remote:MissAge", "0s"), ("Remote:Coordinate", "off"), ("Remote:UploadRate", "1MB"), ("Remote:DownloadRate", "2MB"),
            ("Remote:Uploads", "3"), ("Remote:QueueSize", "1GB"), ("Remote:QueueAge", "1h"), ("Remote:MaxAge", "7d"),
            ("LockTimeout", "1m"), ("OperationTimeout", "100ms"), ("DirectoryMode", "0770"), ("OnInvalidSettings", "Disable"));

        parsed.Failures.Should().BeEmpty();
        parsed.OnInvalidSettings.Should().Be(OnInvalidSettings.Disable);
        parsed.Settings.Should().Be(new CacheSettings
        {
            Enabled = false,
            SourcesMode = LayerMode.Observe,
            ProfilesMode = LayerMode.Off,
            UploadsMode = LayerMode.Observe,
            Root = "/c",
            SourcesDirectory = "/s",
            ProfilesDirectory = "/p",
            UploadsDirectory = "/base/u",
            MaxSize = 1 << 30,
            MinFreeSpace = new FreeSpaceFloor(null, 10),
            MinFreeInodes = new FreeInodeFloor(1000, null),
            MaxAge = TimeSpan.FromHours(2),
            MaxSourceAge = TimeSpan.Zero,
            UploadStateMaxAge = TimeSpan.FromDays(3),
            TrustUploads = TimeSpan.FromMinutes(2),
            ConfirmationsFlush = Timeout.InfiniteTimeSpan,
            CleanupInterval = TimeSpan.FromSeconds(10),
            EvictionPolicy = "FIFO",
            History = 64_000_000,
            Checkpoints = true,
            CheckpointsMinWork = TimeSpan.FromMinutes(2),
            PrefetchMode = LayerMode.Observe,
            PrefetchAhead = 4,
            PrefetchParallel = 3,
            PrefetchMaxShare = new SizeShare(5_000_000_000, null),
            PrefetchMaxRate = 10_000_000,
            PrefetchDuringTransfers = DuringTransfers.Share,
            WarmInterval = TimeSpan.FromHours(6),
            WarmMaxBytes = new SizeShare(null, 12.5),
            Remote = new RemoteSettings
            {
                Mode = RemoteMode.ReadWrite,
                Sources = RemoteSources.All,
                Profiles = false,
                Confirmations = false,
                Prefix = "a/b",
                LookupTimeout = TimeSpan.FromSeconds(1),
                StallTimeout = TimeSpan.FromSeconds(5),
                RestTime = TimeSpan.FromMinutes(2),
                MissAge = TimeSpan.Zero,
                Coordinate = false,
                UploadRate = 1_000_000,
                DownloadRate = 2_000_000,
                Uploads = 3,
                QueueSize = 1_000_000_000,
                QueueAge = TimeSpan.FromHours(1),
                MaxAge = TimeSpan.FromDays(7),
            },
            Materialize = MaterializeMode.HardLink,
            Integrity = IntegrityLevel.Full,
            VerifyInterval = TimeSpan.FromHours(1),
            LockTimeout = TimeSpan.FromMinutes(1),
            OperationTimeout = TimeSpan.FromMilliseconds(100),
            DirectoryMode = (UnixFileMode)0b111_111_000,
        });
    }

    [Fact]
    public void Layers_below_a_configured_root_lie_in_it()
    {
        var settings = Parse(("Directory", "/c"), ("Locations:Profiles", "/p")).Settings;
        (settings.SourcesDirectory, settings.ProfilesDirectory, settings.UploadsDirectory).Should().Be(("/c/sources", "/p", "/c/uploads"));
    }

    [Theory]
    [InlineData("/a", "/a")]
    [InlineData("/a", "/a/b")]
    [InlineData("/a/b", "/a")]
    [InlineData("/a/../a/", "/a")]
    public void Layers_inside_one_another_are_refused_with_both_names(string sources, string profiles)
    {
        var message = Parse(("Locations:Sources", sources), ("Locations:Profiles", profiles)).Failures.Should().ContainSingle().Subject.Message;
        message.Should().Contain("Cache:Locations:Sources").And.Contain("Cache:Locations:Profiles").And.Contain("Example: ");
    }

    [Fact]
    public void Layers_whose_names_only_begin_alike_are_apart() =>
        Parse(("Locations:Sources", "/a"), ("Locations:Profiles", "/ab")).Failures.Should().BeEmpty();

    [Fact]
    public void Eviction_policies_are_those_that_are_registered()
    {
        var parser = new CacheSettingsParser(["LRU", "Cost"], "/base");
        parser.Parse(new CacheOptions { EvictionPolicy = "COST" }, (key, _) => key.FullPath).Settings.EvictionPolicy.Should().Be("Cost");
        parser.Parse(new CacheOptions { EvictionPolicy = "SIZE" }, (key, _) => key.FullPath).Failures.Single().Message.Should().Contain("is not one of LRU, Cost");
    }

    [Fact]
    public void Groups_that_code_set_to_null_are_defaults()
    {
        var options = new CacheOptions { Sources = null!, Profiles = null!, Uploads = null!, Locations = null! };
        Parser.Parse(options, (key, _) => key.FullPath).Should().BeEquivalentTo(Parse());
    }

    private static ParsedSettings Parse(params (string Path, string Value)[] values)
    {
        var options = new CacheOptions();
        foreach (var (path, value) in values)
        {
            SettingTable.All.Single(key => key.Path == path).Write(options, value);
        }

        return Parser.Parse(options, (key, _) => key.FullPath);
    }

    private static string[] WrongFor(string path) => path switch
    {
        "Enabled" => ["yes", "1", "on", ""],
        "Sources:Mode" or "Profiles:Mode" or "Uploads:Mode" => ["Maybe", "1", "true", ""],
        "Directory" => ["/", "~/cache", ""],
        _ when path.StartsWith("Locations:", StringComparison.Ordinal) => ["/", "$HOME/cache", ""],
        "MaxSize" => ["plenty", "50G", "999KB", "-1GB", "0", "1000001TB", ""],
        "MinFreeSpace" => ["100%", "some", "-1", "1000001TB", ""],
        "MinFreeInodes" => ["100%", "some", "-1", "63", "64.5", "1GB", "1000000000001", ""],
        "MaxAge" or "UploadStateMaxAge" => ["24", "59s", "3651d", "-1h", ""],
        "MaxSourceAge" or "TrustUploads" => ["0", "-1s", "3651d", ""],
        "ConfirmationsFlush" => ["Sometimes", "5", "99ms", "61m", ""],
        "CleanupInterval" or "LockTimeout" => ["60", "999ms", "31d", ""],
        "EvictionPolicy" => ["MRU", "0", ""],
        "History" => ["On", "999KB", "11GB", ""],
        "Checkpoints:Mode" => ["Observe", "true", "1", ""],
        "Checkpoints:MinWork" => ["60", "-1s", "31d", ""],
        "Prefetch:Mode" => ["Sometimes", "1", "true", ""],
        "Prefetch:Ahead" => ["0", "65", "1.5", "two", "-1", ""],
        "Prefetch:Parallel" => ["0", "17", "1MB", ""],
        "Prefetch:MaxShare" or "Warm:MaxBytes" => ["91%", "half", "-1", "1000001TB", ""],
        "Prefetch:MaxRate" => ["fast", "-1", "1000001TB", ""],
        "Prefetch:DuringTransfers" => ["Stop", "1", ""],
        "Warm:Interval" => ["60", "59s", "31d", ""],
        "Remote:Mode" => ["On", "1", "true", ""],
        "Remote:Sources" => ["On", "1", "none", ""],
        "Remote:Profiles" or "Remote:Confirmations" => ["Observe", "true", "1", ""],
        "Remote:Prefix" => ["a//b", "../a", "a b", "/", ""],
        "Remote:LookupTimeout" => ["2", "99ms", "61s", ""],
        "Remote:StallTimeout" or "Remote:RestTime" => ["10", "999ms", "61m", ""],
        "Remote:MissAge" => ["30", "-1s", "61m", ""],
        "Remote:Coordinate" => ["On", "true", "1", ""],
        "Remote:UploadRate" or "Remote:DownloadRate" => ["fast", "-1", "1MBs", ""],
        "Remote:Uploads" => ["0", "65", "2.5", "two", ""],
        "Remote:QueueSize" => ["plenty", "999KB", "0", ""],
        "Remote:QueueAge" => ["24", "59s", "31d", ""],
        "Remote:MaxAge" => ["30", "59m", "3651d", ""],
        "Materialize" => ["SymLink", "3", ""],
        "Integrity" => ["Some", "1", ""],
        "VerifyInterval" => ["7", "59m", "3651d", ""],
        "OperationTimeout" => ["10", "99ms", "31d", ""],
        "DirectoryMode" => ["0777", "0600", "755", ""],
        "OnInvalidSettings" => ["Ignore", "1", ""],
        _ => throw new ArgumentException($"No wrong values are known for {path}: add some.", nameof(path)),
    };
}
