using Microsoft.Extensions.Configuration;
using SmartCache.Configuration;

namespace SmartCache.Tests.Configuration;

public class CacheConfigurationTests
{
    public static TheoryData<string, string> EnvironmentNames => new()
    {
        { "CACHE_ENABLED", "Enabled" },
        { "CACHE_MAX_SIZE", "MaxSize" },
        { "CACHE_MAX_AGE", "MaxAge" },
        { "CACHE_CLEANUP_INTERVAL", "CleanupInterval" },
        { "CACHE_EVICTION_POLICY", "EvictionPolicy" },
        { "CACHE_SOURCES_DIR", "Locations:Sources" },
        { "CACHE_PROFILES_DIR", "Locations:Profiles" },
        { "CACHE_UPLOADS_DIR", "Locations:Uploads" },
    };

    public static TheoryData<string> Keys => new(SettingTable.All.Select(key => key.Path));

    [Theory]
    [MemberData(nameof(Keys))]
    public void Every_key_of_the_section_is_bound_to_its_option_only(string path)
    {
        var options = Bind(("Cache:" + path.ToUpperInvariant(), "text"));
        foreach (var key in SettingTable.All)
        {
            key.Read(options).Should().Be(key.Path == path ? "text" : null);
        }
    }

    [Theory]
    [MemberData(nameof(EnvironmentNames))]
    public void An_environment_name_wins_over_the_section(string name, string path)
    {
        var key = Key(path);
        key.Read(Bind((name, "environment"), (key.FullPath, "section"))).Should().Be("environment");
        key.Read(Bind((name, "  "), (key.FullPath, "section"))).Should().Be("section", "a variable set to nothing is not set");
        SettingTable.All.Count(other => other.EnvironmentName is not null).Should().Be(EnvironmentNames.Count);
    }

    [Theory]
    [InlineData("/var/cache/encoder", "/var/cache/encoder")]
    [InlineData("/var/cache/a:/var/cache/b", "/var/cache/a")]
    [InlineData(":/var/cache/b", "/var/cache/b")]
    [InlineData("", null)]
    public void The_service_managers_first_directory_is_the_root_if_none_is_configured(string list, string? expected)
    {
        Bind(("CACHE_DIRECTORY", list)).Directory.Should().Be(expected);
        Bind(("CACHE_DIRECTORY", list), ("Cache:Directory", "/own")).Directory.Should().Be("/own");
    }

    [Fact]
    public void The_origin_names_key_and_provider()
    {
        var file = Path.Combine(AppContext.BaseDirectory, Guid.NewGuid() + ".json");
        File.WriteAllText(file, """{"Cache":{"MaxAge":"3h"}}""");
        try
        {
            var root = new ConfigurationBuilder().AddJsonFile(file).AddInMemoryCollection([new("CACHE_MAX_SIZE", "1GB"), new("Cache:MaxSize", "2GB")]).Build();
            var configuration = new CacheConfiguration(root);
            configuration.OriginOf(Key("MaxAge"), "3h").Should().Be($"Cache:MaxAge in {Path.GetFileName(file)}");
            configuration.OriginOf(Key("MaxSize"), "1GB").Should().Be("CACHE_MAX_SIZE in Memory");
            configuration.OriginOf(Key("MaxSize"), "2GB").Should().Be("code", "the environment name hides the section's value");
            configuration.OriginOf(Key("Integrity"), "Full").Should().Be("code");
            configuration.NameOf(Key("MaxAge"), "3h").Should().Be("Cache:MaxAge");
            configuration.NameOf(Key("MaxSize"), "1GB").Should().Be("CACHE_MAX_SIZE (Cache:MaxSize)");
            configuration.NameOf(Key("MaxSize"), "3GB").Should().Be("Cache:MaxSize (set in code)");
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData("Cache:MaxSise", "Cache:MaxSise", "Cache:MaxSize")]
    [InlineData("Cache:max_size", "Cache:max_size", "Cache:MaxSize")]
    [InlineData("Cache:CleanInterval", "Cache:CleanInterval", "Cache:CleanupInterval")]
    [InlineData("Cache:Sources", "Cache:Sources", "Cache:Sources:Mode")]
    [InlineData("Cache:Location:Sources", "Cache:Location", "Cache:Locations:Sources")]
    [InlineData("Cache:Sources:Modus", "Cache:Sources:Modus", "Cache:Sources:Mode")]
    [InlineData("Cache:MaxSize:Value", "Cache:MaxSize:Value", "Cache:MaxSize")]
    [InlineData("Cache", "Cache", "Cache:Enabled")]
    public void An_unknown_key_is_found_with_its_nearest_known_one(string given, string unknown, string nearest)
    {
        Configuration((given, "x")).UnknownKeys().Should().Equal(unknown);
        if (given != "Cache")
        {
            NearestKey.To(unknown).Should().Be(nearest);
        }
    }

    [Fact]
    public void Known_keys_in_any_case_and_foreign_sections_are_not_unknown() =>
        Configuration(("cache:maxsize", "1GB"), ("Cache:Sources:Mode", "On"), ("Caches:X", "1"), ("CACHE_HOST", "x")).UnknownKeys().Should().BeEmpty();

    [Fact]
    public void Without_a_configuration_nothing_is_bound_and_nothing_changes()
    {
        var none = new CacheConfiguration(null);
        var options = new CacheOptions();
        none.Configure(options);
        SettingTable.All.Should().OnlyContain(key => key.Read(options) == null);
        none.Presence.Remember();
        none.Presence.IsLost().Should().BeFalse();
        none.UnknownKeys().Should().BeEmpty();
        none.GetChangeToken().HasChanged.Should().BeFalse();
        none.OriginOf(Key("MaxSize"), "1GB").Should().Be("code");
    }

    private static SettingKey Key(string path) => SettingTable.All.Single(key => key.Path == path);

    private static CacheConfiguration Configuration(params (string Key, string? Value)[] values) => new(new EditableSettings(values).Root);

    private static CacheOptions Bind(params (string Key, string? Value)[] values)
    {
        var options = new CacheOptions();
        Configuration(values).Configure(options);
        return options;
    }
}
