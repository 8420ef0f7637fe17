using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using SmartCache.S3;

namespace SmartCache.Tests.Remote;

/// <summary>The bucket's own rules, against a real Ceph gateway.</summary>
public sealed class S3RulesTests(CephNode ceph) : IClassFixture<CephNode>
{
    private const string Prefix = "smartcache/v1/";

    [CephFact]
    public async Task Bucket_without_rules_gets_those_that_are_missing()
    {
        var (rules, _, _) = await BucketAsync();
        (await rules.ReadRulesAsync(Prefix)).Should().Be(new ObjectStoreRules());

        await rules.WriteRulesAsync(Prefix, Wanted(30));

        (await rules.ReadRulesAsync(Prefix)).Should().Be(Wanted(30));
        (await rules.ReadRulesAsync("other/")).Should().Be(new ObjectStoreRules(), "it concerns this prefix alone");
    }

    [CephFact]
    public async Task Rules_of_others_stay_and_ones_own_is_replaced()
    {
        var (rules, client, bucket) = await BucketAsync();
        using var closing = client;
        await client.PutLifecycleConfigurationAsync(new PutLifecycleConfigurationRequest
        {
            BucketName = bucket,
            Configuration = new LifecycleConfiguration
            {
                Rules =
                [
                    new LifecycleRule { Id = "logs", Status = LifecycleRuleStatus.Enabled, Filter = new LifecycleFilter { Prefix = "logs/" }, Expiration = new LifecycleRuleExpiration { Days = 7 } },
                    new LifecycleRule
                    {
                        Id = "tagged", Status = LifecycleRuleStatus.Enabled, Filter = new LifecycleFilter { Tag = new Tag { Key = "kind", Value = "old" } }, Expiration = new LifecycleRuleExpiration { Days = 3 },
                    },
                    new LifecycleRule
                    {
                        Id = "off", Status = LifecycleRuleStatus.Disabled, Filter = new LifecycleFilter { Prefix = Prefix }, Expiration = new LifecycleRuleExpiration { Days = 1 },
                    },
                ],
            },
        });
        (await rules.ReadRulesAsync(Prefix)).Should().Be(new ObjectStoreRules(), "neither concerns it");

        var before = (await client.GetLifecycleConfigurationAsync(new GetLifecycleConfigurationRequest { BucketName = bucket })).Configuration.Rules;

        await rules.WriteRulesAsync(Prefix, Wanted(30));
        await rules.WriteRulesAsync(Prefix, Wanted(10));

        var held = (await client.GetLifecycleConfigurationAsync(new GetLifecycleConfigurationRequest { BucketName = bucket })).Configuration.Rules;
        held.Select(static rule => rule.Id).Should().BeEquivalentTo("logs", "tagged", "off", "smartcache " + Prefix);
        held.Single(static rule => rule.Id == "tagged").Filter.Should().BeEquivalentTo(before.Single(static rule => rule.Id == "tagged").Filter);
        held.Single(static rule => rule.Id == "logs").Expiration.Days.Should().Be(7);
        held.Single(static rule => rule.Id == "off").Status.Should().Be(LifecycleRuleStatus.Disabled);
        (await rules.ReadRulesAsync(Prefix)).Should().Be(Wanted(10));
        (await rules.ReadRulesAsync("logs/")).ExpireAfter.Should().Be(TimeSpan.FromDays(7));
    }

    [CephFact]
    public async Task Uploads_that_nobody_ended_are_aborted_below_the_prefix_and_by_their_age()
    {
        var (rules, client, bucket) = await BucketAsync();
        using var closing = client;
        await client.InitiateMultipartUploadAsync(new InitiateMultipartUploadRequest { BucketName = bucket, Key = Prefix + "sources/x" });
        await client.InitiateMultipartUploadAsync(new InitiateMultipartUploadRequest { BucketName = bucket, Key = "theirs/y" });

        (await rules.AbortUploadsAsync(Prefix, TimeSpan.FromDays(1))).Should().Be(0, "it may still go on");
        (await rules.AbortUploadsAsync(Prefix, TimeSpan.Zero)).Should().Be(1);

        (await client.ListMultipartUploadsAsync(new ListMultipartUploadsRequest { BucketName = bucket })).MultipartUploads.Should().ContainSingle(static one => one.Key == "theirs/y");
    }

    [CephFact]
    public async Task Missing_bucket_is_told_and_is_no_bucket_without_rules()
    {
        var options = await ceph.BucketAsync();
        options.Bucket = "nosuchbucket";
        using var closing = (IDisposable)S3RemoteStore.Create(options);

        var reading = () => ((IObjectStoreRules)closing).ReadRulesAsync(Prefix).AsTask();

        (await reading.Should().ThrowAsync<ObjectStoreException>()).Which.Fault.Should().Be(ObjectStoreFault.Misconfigured);
    }

    private static ObjectStoreRules Wanted(int days) => new() { ExpireAfter = TimeSpan.FromDays(days), AbortAfter = TimeSpan.FromDays(1) };

    private async Task<(IObjectStoreRules Rules, AmazonS3Client Client, string Bucket)> BucketAsync()
    {
        var options = await ceph.BucketAsync();
        var client = new AmazonS3Client(
            new BasicAWSCredentials(CephNode.AccessKey, CephNode.SecretKey),
            new AmazonS3Config
            {
                ServiceURL = ceph.Endpoint, ForcePathStyle = true, AuthenticationRegion = "us-east-1",
                RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED, ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
            });
        return ((IObjectStoreRules)S3RemoteStore.Create(options), client, options.Bucket!);
    }
}
