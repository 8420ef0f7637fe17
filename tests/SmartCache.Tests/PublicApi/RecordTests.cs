using System.Reflection;
using System.Runtime.CompilerServices;
using SmartCache.Stages;

namespace SmartCache.Tests.PublicApi;

/// <summary>Public records can grow, and are equal when what they say is.</summary>
public class RecordTests
{
    private static readonly Type[] _types = [.. typeof(CacheManager).Assembly.GetExportedTypes(), .. typeof(HttpVideoDownloader).Assembly.GetExportedTypes()];

    public static TheoryData<object, object, object> Pairs => new()
    {
        {
            new DownloadRequest("u", "d") { Options = Map(("a", "1"), ("b", "2")) }, new DownloadRequest("u", "d") { Options = Map(("b", "2"), ("a", "1")) },
            new DownloadRequest("u", "d") { Options = Map(("a", "1"), ("b", "3")) }
        },
        { Media("h", ("width", "1")), Media("h", ("width", "1")), Media("h", ("width", "2")) },
        { new EncodeRecipe { Arguments = ["-i", "x"] }, new EncodeRecipe { Arguments = ["-i", "x"] }, new EncodeRecipe { Arguments = ["x", "-i"] } },
        {
            new EncodeRecipe { Parameters = Map(("a", "1")), AuxiliaryInputs = Map(("w", "h")) }, new EncodeRecipe { Parameters = Map(("a", "1")), AuxiliaryInputs = Map(("w", "h")) },
            new EncodeRecipe { Parameters = Map(("a", "1")), AuxiliaryInputs = Map(("w", "i")) }
        },
        { new EncodingProfile("p") { Parameters = Map(("a", "1")) }, new EncodingProfile("p") { Parameters = Map(("a", "1")) }, new EncodingProfile("p") { Parameters = Map(("b", "1")) } },
        { Encoded("x"), Encoded("x"), Encoded("y") },
        { new UploadRequest("j", "d") { Profiles = [Encoded("x")] }, new UploadRequest("j", "d") { Profiles = [Encoded("x")] }, new UploadRequest("j", "d") { Profiles = [] } },
        { new UploadResult("c") { ProfileCids = Map(("p", "1")) }, new UploadResult("c") { ProfileCids = Map(("p", "1")) }, new UploadResult("c") { ProfileCids = Map(("p", "1"), ("q", "2")) } },
        { State(1), State(1), State(2) },
        { PartFile("1"), PartFile("1"), PartFile("2") },
        { Known("sources"), Known("sources"), Known("profiles") },
        { Part("1"), Part("1"), Part("2") },
        { new DownloadedVideo("p", 1) { Media = Media("h", ("a", "1")) }, new DownloadedVideo("p", 1) { Media = Media("h", ("a", "1")) }, new DownloadedVideo("p", 1) { Media = Media("h") } },
    };

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Records_are_equal_by_what_their_dictionaries_and_lists_hold(object one, object same, object other)
    {
        one.Should().Be(same);
        one.GetHashCode().Should().Be(same.GetHashCode());
        one.Should().NotBe(other);
    }

    [Fact]
    public void No_record_holds_a_dictionary_or_a_list_that_equals_only_itself() =>
        _types.Where(IsRecord)
            .SelectMany(static type => type.GetFields(BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            .Where(static field => field.FieldType.IsGenericType && (field.FieldType.Name.Contains("List`") || field.FieldType.Name.Contains("Dictionary`")))
            .Select(static field => $"{field.DeclaringType!.Name}.{field.Name}")
            .Should().BeEmpty();

    [Fact]
    public void Positional_records_are_those_that_a_worker_makes() =>
        _types.Where(static type => type.GetMethod("Deconstruct") is not null).Select(static type => type.Name).Should().BeEquivalentTo(
            "DownloadRequest", "DownloadedVideo", "EncodePartFile", "EncodeRequest", "EncodingProfile", "PrefetchRequest", "UploadRequest", "UploadTarget", "UploadResult", "StageProgress");

    [Fact]
    public void Properties_of_records_and_structs_are_set_once() =>
        _types.Where(static type => IsRecord(type) || type is { IsValueType: true, IsEnum: false })
            .SelectMany(static type => type.GetProperties(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic))
            .Where(static property => property.SetMethod is { } set && !set.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)))
            .Select(static property => $"{property.DeclaringType!.Name}.{property.Name}")
            .Should().BeEmpty();

    [Fact]
    public void Exceptions_have_the_standard_constructors_and_one_base()
    {
        // An adaptor of an object store throws to the tier, which lets none of it into a job.
        var exceptions = _types.Where(static type => type.IsAssignableTo(typeof(Exception)) && type != typeof(ObjectStoreException)).ToList();

        exceptions.Should().HaveCountGreaterThan(1).And.OnlyContain(static type => type.IsAssignableTo(typeof(StageException)));
        exceptions.Should().OnlyContain(static type => type.GetConstructor(Type.EmptyTypes) != null
            && type.GetConstructor(new[] { typeof(string) }) != null && type.GetConstructor(new[] { typeof(string), typeof(Exception) }) != null);
    }

    private static bool IsRecord(Type type) => type.GetMethod("<Clone>$") is not null || (type.IsValueType && type.GetMethod("PrintMembers", BindingFlags.Instance | BindingFlags.NonPublic) is not null);

    private static Dictionary<string, string> Map(params (string Name, string Value)[] pairs) => pairs.ToDictionary(static pair => pair.Name, static pair => pair.Value);

    private static SourceMedia Media(string hash, params (string Name, string Value)[] facts) => new() { ContentHash = hash, Length = 1, Facts = Map(facts) };

    private static EncodedProfile Encoded(string extra) =>
        new() { Name = "p", Directory = "d", Playlist = "l", Properties = Map(("width", "1")), ExtraFiles = [extra] };

    private static CacheState Known(string layer) => new() { Layers = [new LayerState { Name = layer, Disk = new DiskState() }] };

    private static EncodePartFile PartFile(string pictures) => new("p", TimeSpan.Zero, TimeSpan.FromSeconds(1)) { Facts = Map(("pictures", pictures)) };

    private static EncodePart Part(string pictures) => new() { Path = "p", Start = TimeSpan.Zero, Duration = TimeSpan.FromSeconds(1), Facts = Map(("pictures", pictures)) };

    private static UploadState State(int files) => new()
    {
        JobId = "j",
        ProfileEntries = ["a_b"],
        Errors = ["IOException"],
        Profiles = new Dictionary<string, ProfileUploadState> { ["p"] = new() { UploadedFiles = files } },
    };
}
