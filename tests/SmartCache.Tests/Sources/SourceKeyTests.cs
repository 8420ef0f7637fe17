namespace SmartCache.Tests.Sources;

public class SourceKeyTests
{
    private const string Aws = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={0}&X-Amz-Date=20260101T000000Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature={0}";
    private const string Google = "X-Goog-Algorithm=GOOG4-RSA-SHA256&X-Goog-Credential={0}&X-Goog-Date=20260101T000000Z&X-Goog-Expires=60&X-Goog-SignedHeaders=host&X-Goog-Signature={0}";
    private const string Azure = "sv=2024-01-01&se={0}&sr=b&sp=r&sig={0}";
    private const string CloudFrontCanned = "Expires={0}&Signature={0}&Key-Pair-Id=K1";
    private const string CloudFrontCustom = "Policy={0}&Signature={0}&Key-Pair-Id=K1";

    public static TheoryData<string> SignatureSets => [Aws, Google, Azure, CloudFrontCanned, CloudFrontCustom];

    [Theory]
    [InlineData("http://host/v.mp4", "http://host/v.mp4#t=10", true)]
    [InlineData("http://host/v.mp4?a=1", "http://host/v.mp4?a=1#x", true)]
    [InlineData("http://host/v.mp4?token=1", "http://host/v.mp4?token=2", false)]
    [InlineData("http://host/v.mp4", "http://host/v.mp4?a", false)]
    [InlineData("ipfs://QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG", "ipfs://qmywapjzv5czsna625s3xf2nemtygpphdwez79ojwnpbdg", false)]
    [InlineData("http://alice@host/v.mp4", "http://bob@host/v.mp4", false)]
    public void Url_is_the_identity_as_written_without_its_fragment(string one, string other, bool same) =>
        Key(one).Equals(Key(other)).Should().Be(same);

    [Theory]
    [MemberData(nameof(SignatureSets))]
    public void Signature_that_was_made_anew_is_the_same_source_within_a_scope_only(string set)
    {
        var (one, other) = (Signed(set, "first"), Signed(set, "second"));

        Key(one, "tenant").Should().Be(Key(other, "tenant"));
        Key(one).Should().NotBe(Key(other));
        Key(one, "tenant").Should().NotBe(Key(one, "other tenant"));
    }

    [Theory]
    [MemberData(nameof(SignatureSets))]
    public void Signature_set_that_lacks_a_part_counts(string set)
    {
        for (var left = 0; left < set.Split('&').Length; left++)
        {
            var incomplete = string.Join('&', set.Split('&').Where((_, index) => index != left));
            if (incomplete.Contains("{0}", StringComparison.Ordinal))
            {
                Key(Signed(incomplete, "first"), "tenant").Should().NotBe(Key(Signed(incomplete, "second"), "tenant"), incomplete);
            }
        }
    }

    [Theory]
    [MemberData(nameof(SignatureSets))]
    public void Parameters_beside_a_signature_count(string set) =>
        Key(Signed(set, "first") + "&quality=high", "tenant").Should().NotBe(Key(Signed(set, "first") + "&quality=low", "tenant"));

    [Fact]
    public void Options_and_scope_count_and_nothing_else_of_a_request_does()
    {
        var plain = new DownloadRequest("http://host/v.mp4", "/a") { JobId = "1", ExpectedLength = 5 };

        SourceKey.From(plain).Should().Be(SourceKey.From(new DownloadRequest("http://host/v.mp4", "/b") { JobId = "2", Use = CacheUse.Refresh }));
        SourceKey.From(plain).Should().NotBe(SourceKey.From(plain with { Scope = "" }));
        SourceKey.From(plain).Should().NotBe(SourceKey.From(plain with { Options = new Dictionary<string, string> { ["format"] = "mp4" } }));
        SourceKey.From(plain with { Options = new Dictionary<string, string> { ["format"] = "mp4" } })
            .Should().NotBe(SourceKey.From(plain with { Options = new Dictionary<string, string> { ["format"] = "webm" } }));
        SourceKey.From(plain with { Options = new Dictionary<string, string> { ["a"] = "1", ["b"] = "2" } })
            .Should().Be(SourceKey.From(plain with { Options = new Dictionary<string, string> { ["b"] = "2", ["a"] = "1" } }));
    }

    [Fact]
    public void Content_id_is_the_identity_whatever_the_url()
    {
        var one = new DownloadRequest("http://gateway-1/x", "/a") { ContentId = "ipfs:QmYw" };

        SourceKey.From(one).Should().Be(SourceKey.From(one with { Source = "http://gateway-2/y" }));
        SourceKey.From(one).Should().NotBe(SourceKey.From(one with { ContentId = "ipfs:qmyw" }));
        SourceKey.From(one).IsByContent.Should().BeTrue();
        SourceKey.From(one with { ContentId = "sha256:ABCD" }).Should().Be(SourceKey.From(one with { ContentId = "SHA256:abcd" }));
    }

    private static string Signed(string set, string by) => "https://bucket.test/v.mp4?" + string.Format(System.Globalization.CultureInfo.InvariantCulture, set, by);

    private static SourceKey Key(string url, string? scope = null) => SourceKey.From(new DownloadRequest(url, "/work/v.mp4") { Scope = scope });
}
