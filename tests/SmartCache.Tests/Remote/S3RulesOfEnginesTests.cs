using System.Net;

namespace SmartCache.Tests.Remote;

/// <summary>The bucket's rules on engines that do what Ceph does not.</summary>
public class S3RulesOfEnginesTests
{
    private const string Prefix = "smartcache/v1/";

    private const string Uploads =
        """
        <ListMultipartUploadsResult><Bucket>bucket</Bucket><IsTruncated>false</IsTruncated>
        <Upload><Key>smartcache/v1/sources/x</Key><UploadId>mine</UploadId><Initiated>2020-01-01T00:00:00.000Z</Initiated></Upload>
        <Upload><Key>smartcache/v1/sources/y</Key><UploadId>ended</UploadId><Initiated>2020-01-01T00:00:00.000Z</Initiated></Upload>
        <Upload><Key>theirs/z</Key><UploadId>theirs</UploadId><Initiated>2020-01-01T00:00:00.000Z</Initiated></Upload>
        </ListMultipartUploadsResult>
        """;

    private const string Rule =
        """
        <LifecycleConfiguration><Rule><ID>smartcache smartcache/v1/</ID><Filter><Prefix>smartcache/v1/</Prefix></Filter><Status>Enabled</Status><Expiration><Days>30</Days></Expiration></Rule></LifecycleConfiguration>
        """;

    [Fact]
    public async Task Uploads_of_others_stay_where_the_engine_lists_them_all_and_one_that_ended_meanwhile_is_fine()
    {
        var engine = new ScriptedS3(static request => request.Method == HttpMethod.Get ? (HttpStatusCode.OK, Uploads, null)
            : request.RequestUri!.Query.Contains("ended") ? (HttpStatusCode.NotFound, "<Error><Code>NoSuchUpload</Code></Error>", null)
            : (HttpStatusCode.NoContent, "", null));

        (await engine.Rules().AbortUploadsAsync(Prefix, TimeSpan.FromDays(1))).Should().Be(1);

        engine.Requests.Where(static request => request.StartsWith("DELETE", StringComparison.Ordinal)).Should().HaveCount(2).And.NotContain(static request => request.Contains("theirs"));
    }

    [Fact]
    public async Task Bucket_that_is_gone_is_no_upload_that_ended()
    {
        var engine = new ScriptedS3(static request => request.Method == HttpMethod.Get ? (HttpStatusCode.OK, Uploads, null) : (HttpStatusCode.NotFound, "<Error><Code>NoSuchBucket</Code></Error>", null));

        var aborting = () => engine.Rules().AbortUploadsAsync(Prefix, TimeSpan.FromDays(1)).AsTask();

        (await aborting.Should().ThrowAsync<ObjectStoreException>()).Which.Fault.Should().Be(ObjectStoreFault.Misconfigured);
    }

    [Theory]
    [InlineData("varies_by_storage_class")]
    [InlineData(null)]
    public async Task Setting_of_the_whole_bucket_is_written_back_as_it_was_read(string? minimum)
    {
        var engine = new ScriptedS3(request => (HttpStatusCode.OK, request.Method == HttpMethod.Get ? Rule : "", minimum));

        await engine.Rules().WriteRulesAsync(Prefix, new ObjectStoreRules { ExpireAfter = TimeSpan.FromDays(30) });

        engine.Minimum.Should().Be(minimum);
        engine.Requests.Should().ContainSingle(static request => request.StartsWith("PUT", StringComparison.Ordinal));
    }
}
