using SmartCache.Storage;

namespace SmartCache.Tests.Uploads;

public class TreeHashTests
{
    private static readonly string A = new('a', 64);
    private static readonly string B = new('b', 64);

    [Fact]
    public void Tree_hash_does_not_depend_on_the_order_given() =>
        TreeHash.Compute([("x", 1, A), ("X", 2, B)]).Should().Be(TreeHash.Compute([("X", 2, B), ("x", 1, A)]));

    [Fact]
    public void Tree_hash_differs_with_path_length_and_content()
    {
        var hashes = new[]
        {
            TreeHash.Compute([]),
            TreeHash.Compute([("x", 1, A)]),
            TreeHash.Compute([("y", 1, A)]),
            TreeHash.Compute([("x", 2, A)]),
            TreeHash.Compute([("x", 1, B)]),
            TreeHash.Compute([("x", 1, A), ("y", 1, A)]),
            TreeHash.Compute([("x\n", 1, A)]),
        };
        hashes.Should().OnlyHaveUniqueItems();
    }

    public static TheoryData<string> Paths => ["a/b", new('x', 160), new('x', 1024), new('\u4e2d', 1024), "\ud83d\ude00/é", "\ud800", "a\udc00b"];

    [Theory]
    [MemberData(nameof(Paths))]
    public void Tree_hash_has_the_documented_form(string path)
    {
        var form = $"smartcache-tree-1\n{path}\0{5}\0{A}\n";
        var expected = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(form)));
        TreeHash.Compute([(path, 5, A)]).Should().Be(expected);
    }
}
