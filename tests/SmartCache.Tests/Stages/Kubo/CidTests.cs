using SmartCache.Stages.Kubo;

namespace SmartCache.Tests.Stages.Kubo;

public sealed class CidTests
{
    // Well-known CIDs: the empty directory, the same in version 1, an empty raw block in base58.
    [Theory]
    [InlineData("QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn", "QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn", true)]
    [InlineData("bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354", "bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354", true)]
    [InlineData("zdj7WbTaiJT1fgatdet9Ei9iDB5hdCxkbVyhyh8YTUnXMiwYi", "bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354", true)]
    [InlineData("QmbFMke1KXqnYyBBWxB74N4c5SBnJMVAiMNRcGu6x1AwQH", "QmbFMke1KXqnYyBBWxB74N4c5SBnJMVAiMNRcGu6x1AwQH", true)]
    [InlineData("bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku", "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku", true)]
    [InlineData("bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy", "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy", false)]
    public void Cid_is_read_and_written_in_its_canonical_form(string text, string canonical, bool isEmpty)
    {
        Cid.TryParse(text, out var cid).Should().BeTrue();
        cid!.ToString().Should().Be(canonical);
        cid.IsEmpty.Should().Be(isEmpty);
    }

    [Fact]
    public void Cid_of_version_0_becomes_the_one_of_version_1()
    {
        Cid.TryParse("QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn", out var cid).Should().BeTrue();
        cid!.ToVersion1().ToString().Should().Be("bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("b")]
    [InlineData("not a cid")]
    [InlineData("QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3N")]
    [InlineData("QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3N0")]
    [InlineData("QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nnn")]
    [InlineData("bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf35")]
    [InlineData("bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf355")]
    [InlineData("bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf3544")]
    [InlineData("BAFYBEICZSSCDSBS7FFQZ55ASQDF3SMV6KLCW3GOFSZVWLYARCI47BGF354")]
    [InlineData("<html><body>bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354")]
    public void Text_that_is_no_cid_is_refused(string? text) => Cid.TryParse(text, out _).Should().BeFalse();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(262144)]
    [InlineData(262145)]
    [InlineData(174 * 262144L)]
    [InlineData(174 * 262144L + 1)]
    public void Size_of_a_dag_follows_from_the_length_alone(long length)
    {
        var import = new ImportParameters(new());
        using var dag = new FileDag(import);
        var zeros = new byte[100_000];
        for (var rest = length; rest > 0; rest -= zeros.Length)
            dag.Append(zeros.AsSpan(0, (int)Math.Min(rest, zeros.Length)));

        FileDag.SizeOf(length, import).Should().Be(dag.Finish().Size);
    }
}
