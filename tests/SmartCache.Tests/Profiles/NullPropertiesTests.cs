using SmartCache.Tests.Support;

namespace SmartCache.Tests.Profiles;

public class NullPropertiesTests
{
    [Fact]
    [Trait("Found", "M41")]
    public async Task Property_or_fact_without_a_value_is_left_out_of_what_is_stored()
    {
        await using var cache = new TestCache(probe: new Nulls());
        var inner = new FakeEncoder();
        var encoder = new CachingProfileEncoder(new Nulls.Encoder(inner), cache.Manager);
        var source = await TestJob.SourceAsync(cache);

        await encoder.EncodeAsync(new EncodeRequest(source, TestJob.Profile, cache.WorkPath("one")));
        await cache.Manager.FlushAsync();
        var hit = await encoder.EncodeAsync(new EncodeRequest(source, TestJob.Profile, cache.WorkPath("two")));

        hit.Outcome.Should().Be(CacheOutcome.Hit, cache.Log.ToString());
        hit.Properties.Should().Equal(new Dictionary<string, string> { ["width"] = "320" });
        inner.Calls.Should().Be(1);
        var media = (await cache.Manager.Media.ResolveAsync(source, null, CancellationToken.None)).Media;
        media!.Facts.Should().Equal(new Dictionary<string, string> { [MediaFacts.Duration] = "8" });
    }

    private sealed class Nulls : ISourceProbe
    {
        public ValueTask<IReadOnlyDictionary<string, string>> ProbeAsync(string path, CancellationToken cancellationToken = default) =>
            ValueTask.FromResult<IReadOnlyDictionary<string, string>>(new Dictionary<string, string> { [MediaFacts.Duration] = "8", [MediaFacts.AudioCodec] = null! });

        public sealed class Encoder(FakeEncoder inner) : IProfileEncoder
        {
            public ValueTask<EncodeRecipe> DescribeAsync(SourceMedia source, EncodingProfile profile, CancellationToken cancellationToken = default)
            {
                source.Facts.Values.Should().NotContainNulls();
                return inner.DescribeAsync(source, profile, cancellationToken);
            }

            public async Task<EncodedProfile> EncodeAsync(EncodeRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default)
            {
                var encoded = await inner.EncodeAsync(request, progress, cancellationToken);
                return encoded with { Properties = new Dictionary<string, string>(encoded.Properties) { ["codecs"] = null! } };
            }
        }
    }
}
