using System.Net;
using Amazon.S3;
using Amazon.S3.Model;

namespace SmartCache.S3;

/// <summary>A bucket's lifecycle rules. S3 replaces all of them at once: what others have set is read first and written back.</summary>
internal sealed class S3Rules(AmazonS3Client client, S3Settings settings) : IObjectStoreRules
{
    private const string Mine = "smartcache ";

    public async ValueTask<ObjectStoreRules> ReadRulesAsync(string prefix, CancellationToken cancellationToken = default)
    {
        var rules = (await ReadAsync(prefix, cancellationToken).ConfigureAwait(false)).Rules.FindAll(rule => rule.Status == LifecycleRuleStatus.Enabled && ConcernsAll(rule, prefix));
        return new ObjectStoreRules
        {
            ExpireAfter = Least(rules.Select(static rule => rule.Expiration?.Days)),
            AbortAfter = Least(rules.Select(static rule => rule.AbortIncompleteMultipartUpload?.DaysAfterInitiation)),
        };
    }

    public async ValueTask WriteRulesAsync(string prefix, ObjectStoreRules rules, CancellationToken cancellationToken = default)
    {
        var before = await ReadAsync(prefix, cancellationToken).ConfigureAwait(false);
        var all = before.Rules.FindAll(rule => rule.Id != Mine + prefix);
        if (rules is not { ExpireAfter: null, AbortAfter: null })
        {
            all.Add(new LifecycleRule
            {
                Id = Mine + prefix,
                Status = LifecycleRuleStatus.Enabled,
                Filter = new LifecycleFilter { Prefix = prefix },
                Expiration = rules.ExpireAfter is { } expire ? new LifecycleRuleExpiration { Days = DaysOf(expire) } : null,
                AbortIncompleteMultipartUpload = rules.AbortAfter is { } abort ? new LifecycleRuleAbortIncompleteMultipartUpload { DaysAfterInitiation = DaysOf(abort) } : null,
            });
        }

        await AskAsync("write rules", async () => all.Count == 0
            ? (object)await client.DeleteLifecycleConfigurationAsync(new DeleteLifecycleConfigurationRequest { BucketName = settings.Bucket }, cancellationToken).ConfigureAwait(false)
            : await client.PutLifecycleConfigurationAsync(
                new PutLifecycleConfigurationRequest
                {
                    BucketName = settings.Bucket,
                    Configuration = new LifecycleConfiguration { Rules = all },

                    // It concerns the transitions of the whole bucket, and a put without it sets it back to the store's default.
                    TransitionDefaultMinimumObjectSize = before.TransitionMinimum,
                },
                cancellationToken).ConfigureAwait(false),
            cancellationToken).ConfigureAwait(false);

        var now = (await ReadAsync(prefix, cancellationToken).ConfigureAwait(false)).Rules.Select(static rule => rule.Id).ToHashSet();
        if (all.Find(rule => !now.Contains(rule.Id)) is { } lost)
        {
            throw new ObjectStoreException(ObjectStoreFault.Protocol, $"write rules: the store did not keep the rule '{lost.Id}'; look at its rules");
        }
    }

    public async ValueTask<int> AbortUploadsAsync(string prefix, TimeSpan age, CancellationToken cancellationToken = default)
    {
        var (key, upload, aborted) = ((string?)null, (string?)null, 0);
        while (true)
        {
            var request = new ListMultipartUploadsRequest { BucketName = settings.Bucket, Prefix = prefix, KeyMarker = key, UploadIdMarker = upload };
            var page = await AskAsync("list uploads", () => client.ListMultipartUploadsAsync(request, cancellationToken), cancellationToken).ConfigureAwait(false);
            foreach (var one in page.MultipartUploads ?? [])
            {
                // An engine may take no notice of the prefix, and list what is other people's.
                if (one.Key.StartsWith(prefix, StringComparison.Ordinal) && one.Initiated is { } begun && DateTime.UtcNow - begun.ToUniversalTime() >= age)
                {
                    aborted += await AbortAsync(one, cancellationToken).ConfigureAwait(false) ? 1 : 0;
                }
            }

            if (page.IsTruncated != true)
            {
                return aborted;
            }

            (key, upload) = (page.NextKeyMarker, page.NextUploadIdMarker);
        }
    }

    /// <returns>Whether it was there to be aborted: one that ended since it was listed needs nothing.</returns>
    private async Task<bool> AbortAsync(MultipartUpload upload, CancellationToken cancellationToken)
    {
        try
        {
            var request = new AbortMultipartUploadRequest { BucketName = settings.Bucket, Key = upload.Key, UploadId = upload.UploadId };
            await client.AbortMultipartUploadAsync(request, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (AmazonS3Exception ended) when (IsAbsent(ended))
        {
            return false;
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw S3Faults.Of("abort", exception);
        }
    }

    private async Task<(List<LifecycleRule> Rules, TransitionDefaultMinimumObjectSize? TransitionMinimum)> ReadAsync(string prefix, CancellationToken cancellationToken)
    {
        try
        {
            var request = new GetLifecycleConfigurationRequest { BucketName = settings.Bucket };
            var read = await client.GetLifecycleConfigurationAsync(request, cancellationToken).ConfigureAwait(false);
            if (read.Configuration?.Rules is { Count: > 0 } rules)
            {
                return (rules, read.TransitionDefaultMinimumObjectSize);
            }
        }
        catch (AmazonS3Exception none) when (IsAbsent(none))
        {
            // There are no rules.
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw S3Faults.Of("read rules", exception);
        }

        // The SDK makes an empty answer of any 404, also of that for a bucket which is not there.
        var look = new ListObjectsV2Request { BucketName = settings.Bucket, Prefix = prefix, MaxKeys = 1 };
        await AskAsync("read rules", () => client.ListObjectsV2Async(look, cancellationToken), cancellationToken).ConfigureAwait(false);
        return ([], null);
    }

    private static bool IsAbsent(AmazonS3Exception exception) => exception.StatusCode == HttpStatusCode.NotFound && exception.ErrorCode != "NoSuchBucket";

    private static async Task<T> AskAsync<T>(string operation, Func<Task<T>> ask, CancellationToken cancellationToken)
    {
        try
        {
            return await ask().ConfigureAwait(false);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw S3Faults.Of(operation, exception);
        }
    }

    // One that asks for a tag or a size concerns some of them, nobody knows which.
    private static bool ConcernsAll(LifecycleRule rule, string prefix)
    {
        if (rule.Filter is not { } filter)
        {
#pragma warning disable CS0618 // Deprecated for new rules; old ones have it.
            return prefix.StartsWith(rule.Prefix ?? "", StringComparison.Ordinal);
#pragma warning restore CS0618
        }

        return filter is { And: null, Tag: null, ObjectSizeGreaterThan: null, ObjectSizeLessThan: null, LifecycleFilterPredicate: null or LifecyclePrefixPredicate }
            && prefix.StartsWith(filter.Prefix ?? (filter.LifecycleFilterPredicate as LifecyclePrefixPredicate)?.Prefix ?? "", StringComparison.Ordinal);
    }

    private static TimeSpan? Least(IEnumerable<int?> days) => days.Where(static one => one is > 0).Min() is { } least ? TimeSpan.FromDays(least) : null;

    private static int DaysOf(TimeSpan age) => Math.Max(1, (int)Math.Ceiling(age.TotalDays));
}
