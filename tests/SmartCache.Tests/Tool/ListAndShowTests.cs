using SmartCache.Tests.Support;

namespace SmartCache.Tests.Tool;

/// <summary><c>ls</c> and <c>show</c>.</summary>
public class ListAndShowTests
{
    [Fact]
    public async Task Entries_are_sorted_and_filtered()
    {
        await using var cache = new TestCache();
        cache.Put(Entries.NameOf(1), Bytes.Random(1_000));
        cache.Put(Entries.NameOf(2), Bytes.Random(3_000));
        cache.Put(Entries.NameOf(3), Bytes.Random(2_000));
        cache.SetLastAccess(Entries.NameOf(2), TimeSpan.FromHours(3));
        cache.SetLastAccess(Entries.NameOf(1), TimeSpan.FromHours(2));

        (await KeysAsync("ls", "sources")).Should().Equal(Entries.NameOf(3), Entries.NameOf(1), Entries.NameOf(2));
        (await KeysAsync("ls", "sources", "--sort", "bytes")).Should().Equal(Entries.NameOf(2), Entries.NameOf(3), Entries.NameOf(1));
        (await KeysAsync("ls", "sources", "--sort", "key")).Should().Equal(Entries.NameOf(1), Entries.NameOf(2), Entries.NameOf(3));
        (await KeysAsync("ls", "sources", "--filter", Entries.NameOf(2)[8..])).Should().Equal(Entries.NameOf(2));
        (await KeysAsync("ls", "profiles")).Should().BeEmpty();

        async Task<string?[]> KeysAsync(params string[] arguments) =>
            [.. (await ToolCall.OnAsync(cache, [.. arguments, "--json"])).Json.EnumerateArray().Select(static entry => entry.GetProperty("key").GetString())];
    }

    [Fact]
    public async Task Profiles_are_a_list_with_recipe_and_filter_by_a_value_of_it()
    {
        await using var cache = await ToolCall.UsedCacheAsync();

        var entry = (await ToolCall.OnAsync(cache, "ls", "profiles", "--filter", "encoder=fake", "--json")).Json.EnumerateArray().Single();

        (entry.GetProperty("profile").GetString(), entry.GetProperty("files").GetInt32(), entry.GetProperty("state").GetString()).Should().Be(("720p", 5, "Readable"));
        entry.GetProperty("recipe").GetProperty("encoder").GetString().Should().Be("fake 1.0");
        (await ToolCall.OnAsync(cache, "ls", "profiles", "--filter", "encoder=other", "--json")).Json.GetArrayLength().Should().Be(0);
    }

    [Fact]
    public async Task Beginning_of_a_key_is_enough_each_half_by_itself()
    {
        await using var cache = await ToolCall.UsedCacheAsync();
        var profile = Path.GetFileName(cache.Entries("profiles").Single());
        var halves = profile.Split('_');

        var shown = await ToolCall.OnAsync(cache, "show", $"{halves[0][..6]}_{halves[1][..6]}");
        var source = await ToolCall.OnAsync(cache, "show", halves[0][..6], "--json");

        shown.Code.Should().Be(0);
        shown.Output.Should().Contain("Profile 720p").And.Contain(profile).And.Contain("fake 1.0").And.Contain("5 files");
        source.Json.GetProperty("key").GetString().Should().Be(halves[0], "a source goes before its profiles, whose names begin alike");
    }

    [Fact]
    public async Task Ambiguous_beginning_is_an_error_that_lists_them_and_one_of_nothing_names_why()
    {
        await using var cache = new TestCache();
        cache.Put(Entries.NameOf(1), Bytes.Random(1_000));
        cache.Put(Entries.NameOf(2), Bytes.Random(1_000));

        var both = await ToolCall.OnAsync(cache, "show", "0000");
        var none = await ToolCall.OnAsync(cache, "show", "ffff", "--json");

        (both.Code, both.Output).Should().Be((1, ""));
        both.Error.Should().Contain(Entries.NameOf(1)).And.Contain(Entries.NameOf(2));
        (none.Code, none.Output).Should().Be((1, ""));
        none.Error.Should().Contain("smartcache why ffff");
    }
}
