using System.Globalization;
using System.Security.Cryptography;
using SmartCache.Storage;

namespace SmartCache.Uploads;

/// <summary>The identity of a target as a hash over id and import parameters; the endpoint is no part of it.</summary>
internal readonly record struct TargetName(ContentKey Key)
{
    /// <summary>The part that names files: 128 bits.</summary>
    public string Short => Key.ToString()[..ShortLength];

    public const int ShortLength = 32;

    public static TargetName Of(UploadTarget target)
    {
        // The length in front keeps ("a", "bc") and ("ab", "c") apart.
        var identity = string.Create(CultureInfo.InvariantCulture, $"{target.Id.Length} {target.Id} {target.ImportParameters}");
        return new TargetName(ContentKey.FromBytes(SHA256.HashData(KeyPreimage.BytesOf(identity))));
    }
}
