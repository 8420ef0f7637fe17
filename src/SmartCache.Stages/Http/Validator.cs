using System.Globalization;
using System.Net.Http.Headers;

namespace SmartCache.Stages.Http;

/// <summary>
/// What says that two replies are of the same bytes: a strong entity tag, or a modification time that counts as one. At most one of them is set.
/// </summary>
internal sealed record Validator(string? EntityTag, DateTimeOffset? LastModified)
{
    // RFC 9110, 8.8.2.2, asks for one second where both times come from one clock, and else for enough that clocks do not matter. Which of them it is cannot be
    // seen from here; its predecessor called a minute enough.
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(60);

    /// <summary>The reply's; <see langword="null"/> where it has none that is strong. A weak tag says "as good as", and half of one file and half of another are not.</summary>
    public static Validator? Of(HttpResponseMessage response)
    {
        if (response.Headers.ETag is { IsWeak: false } tag)
            return new Validator(tag.Tag, null);
        return response.Content.Headers.LastModified is { } modified && response.Headers.Date is { } sent && sent - modified >= Settled
            ? new Validator(null, modified)
            : null;
    }

    /// <summary>Reads what <see cref="PartialClaims"/> keep; <see langword="null"/> where they keep none.</summary>
    public static Validator? From(string? entityTag, string? lastModified) =>
        entityTag is not null ? new Validator(entityTag, null)
        : DateTimeOffset.TryParseExact(lastModified, "R", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var modified) ? new Validator(null, modified)
        : null;

    public string? LastModifiedText => LastModified?.ToString("R", CultureInfo.InvariantCulture);

    public RangeConditionHeaderValue Condition =>
        EntityTag is not null ? new RangeConditionHeaderValue(EntityTagHeaderValue.Parse(EntityTag)) : new RangeConditionHeaderValue(LastModified!.Value);

    /// <summary>Whether a reply with a part repeats it. One that does not may be from a server that overlooked <c>If-Range</c>.</summary>
    public bool IsRepeatedBy(HttpResponseMessage response) =>
        EntityTag is not null ? response.Headers.ETag is { IsWeak: false } tag && tag.Tag == EntityTag : response.Content.Headers.LastModified == LastModified;
}
