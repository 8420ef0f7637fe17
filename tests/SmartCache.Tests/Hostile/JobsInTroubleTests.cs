using System.Globalization;
using SmartCache.Tests.Hostile.Trouble;
using SmartCache.Tests.Support;
using SmartCache.Worker.WholeJob;

namespace SmartCache.Tests.Hostile;

/// <summary>
/// Whatever befalls the cache: the same job on the same machine ends as it does without one, with the same bytes, and its retry does no more work.
/// What was seen is the table in docs/reliability.md.
/// </summary>
public class JobsInTroubleTests
{
    public static TheoryData<string> Anywhere => Needing(null);

    public static TheoryData<string> Mounted => Needing("mount");

    public static TheoryData<string> OnExt4 => Needing("mkfs.ext4");

    public static TheoryData<string> OnFuse => Needing("bindfs");

    [Theory]
    [MemberData(nameof(Anywhere))]
    public Task Job_and_its_retry_end_as_without_a_cache(string trouble) => RunAsync(trouble);

    [MountTheory]
    [MemberData(nameof(Mounted))]
    public Task Job_and_its_retry_end_as_without_a_cache_on_a_mount(string trouble) => RunAsync(trouble);

    [MountTheory("mkfs.ext4")]
    [MemberData(nameof(OnExt4))]
    public Task Job_and_its_retry_end_as_without_a_cache_on_a_disk(string trouble) => RunAsync(trouble);

    [MountTheory("bindfs")]
    [MemberData(nameof(OnFuse))]
    public Task Job_and_its_retry_end_as_without_a_cache_on_a_file_system_that_hangs(string trouble) => RunAsync(trouble);

    [OldLibraryFact]
    public Task Job_and_its_retry_end_as_without_a_cache_with_an_old_library() => RunAsync(ProcessTroubles.OldLibraryName);

    [Fact]
    public void Table_has_a_row_for_each_trouble_and_no_other() =>
        TroubleTable.Rows().Select(TroubleTable.NameOf).Should().Equal(Troubles.All.Select(static trouble => trouble.Name));

    private static TheoryData<string> Needing(string? tool) => [.. Troubles.All.Where(trouble => trouble.Tool == tool).Select(static trouble => trouble.Name)];

    private static async Task RunAsync(string name)
    {
        var trouble = Troubles.All.Single(one => one.Name == name);

        var without = await TroubleRun.OfAsync(trouble, cached: false);
        var with = await TroubleRun.OfAsync(trouble, cached: true);

        Compare(with.First, without.First, with.Log);
        Compare(with.Retry, without.Retry, with.Log);
        TroubleTable.Check(name, $"| {name} | {trouble.Made} | {Told(with.First, without.First, trouble)} | {Told(with.Retry, without.Retry, trouble)} | {(trouble.Varies ? "as it comes" : Said(with.Retry.Said))} |");
    }

    private static void Compare(AttemptSeen with, AttemptSeen without, string log)
    {
        with.Ending.Should().Be(without.Ending, log);
        with.Files.Should().BeEquivalentTo(without.Files, log);
        with.Downloads.Should().BeLessThanOrEqualTo(without.Downloads, log);
        with.Encodes.Should().BeLessThanOrEqualTo(without.Encodes, log);
        with.Sent.Should().BeLessThanOrEqualTo(without.Sent, log);
    }

    private static string Told(AttemptSeen with, AttemptSeen without, TroubleCase trouble)
    {
        var ending = without.Ending.Split(": ")[^1];
        return trouble.Varies
            ? string.Create(CultureInfo.InvariantCulture, $"{ending}: at most {without.Downloads}, {without.Encodes}, {without.Sent}")
            : string.Create(CultureInfo.InvariantCulture, $"{ending}: {with.Downloads} of {without.Downloads}, {with.Encodes} of {without.Encodes}, {with.Sent} of {without.Sent}");
    }

    private static string Said(string[] said) => said.Length == 0 ? "" : string.Join(", ", said);
}
