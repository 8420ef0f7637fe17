using SmartCache.Tests.Support;

namespace SmartCache.Tests.Runbook;

/// <summary>Each symptom of docs/troubleshooting.md is made to happen, and the page shows what its commands print then. docs/troubleshooting.sh writes the page anew.</summary>
public class TroubleshootingTests
{
    public static TheoryData<string> Anywhere => NamesOf(static symptom => !symptom.NeedsDisk);

    public static TheoryData<string> OnADisk => NamesOf(static symptom => symptom.NeedsDisk);

    [Theory]
    [MemberData(nameof(Anywhere))]
    public Task First_command_shows_the_cause_and_the_page_shows_what_the_commands_print(string name) => CheckAsync(name);

    [MountTheory("mkfs.ext4")]
    [MemberData(nameof(OnADisk))]
    public Task First_command_shows_the_cause_on_a_disk_of_its_own_and_the_page_shows_what_the_commands_print(string name) => CheckAsync(name);

    [Fact]
    public void Page_has_all_symptoms_in_their_order() => TroubleshootingPage.Names().Should().Equal(Symptoms.All.Select(static symptom => symptom.Name));

    private static TheoryData<string> NamesOf(Func<Symptom, bool> which) => [.. Symptoms.All.Where(which).Select(static symptom => symptom.Name)];

    private static async Task CheckAsync(string name)
    {
        var symptom = Symptoms.All.Single(one => one.Name == name);
        await using var night = await symptom.HappenAsync();

        night.Typed.First(static typed => typed.Command.StartsWith("smartcache", StringComparison.Ordinal)).Output.Should().ContainAll(symptom.Cause);
        TroubleshootingPage.Check(name, night.Typed);
    }
}
