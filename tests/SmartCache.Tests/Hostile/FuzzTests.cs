using SmartCache.Fuzz;

namespace SmartCache.Tests.Hostile;

public class FuzzTests
{
    /// <summary>A small share with a fixed seed; <c>tests/SmartCache.Fuzz</c> runs as many as one likes.</summary>
    [Fact]
    public void Hostile_and_broken_input_meets_no_undocumented_exception_and_touches_nothing_outside()
    {
        var output = new StringWriter();
        using var run = new FuzzRun(seed: 7, output);

        run.Run(6_000);

        run.Findings.Should().BeEmpty(output.ToString());
        run.Tallies.Should().OnlyContain(tally => tally.Cases > 0);
    }

    [Fact]
    public void Canary_that_is_touched_is_a_finding()
    {
        var home = Directory.CreateTempSubdirectory("smartcache-test-").FullName;
        try
        {
            var canaries = new Canaries(home);
            canaries.Check();
            File.WriteAllText(Path.Combine(canaries.TargetDirectory, "new"), "");

            canaries.Invoking(static one => one.Check()).Should().Throw<FuzzFailureException>().WithMessage("*outside-directory*");
        }
        finally
        {
            Directory.Delete(home, recursive: true);
        }
    }
}
