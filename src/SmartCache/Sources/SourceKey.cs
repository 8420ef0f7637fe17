using SmartCache.Sources;
using SmartCache.Storage;

namespace SmartCache;

/// <summary>
/// The identity of a source: its content id if there is one, else its URL without the fragment, plus the options that change the bytes and the scope.
/// </summary>
/// <remarks>Holds only hashes of them, because URLs and options carry credentials.</remarks>
public sealed class SourceKey : IEquatable<SourceKey>
{
    // Raise the number when the meaning of a value changes.
    private const string Label = "smartcache-source/1";

    private SourceKey(IReadOnlyDictionary<string, string> preimage, string? sha256)
    {
        Preimage = preimage;
        Name = KeyPreimage.Name(Label, preimage);
        ExpectedSha256 = sha256;
    }

    /// <summary>32 hexadecimal digits.</summary>
    public string Name { get; }

    /// <summary>Whether the identity is the content's own; a URL may lead to other bytes tomorrow.</summary>
    public bool IsByContent => Preimage.ContainsKey("content");

    internal IReadOnlyDictionary<string, string> Preimage { get; }

    /// <summary>The hash that the bytes must have, where the content id says so.</summary>
    internal string? ExpectedSha256 { get; }

    /// <summary>The key that a record was written for; <see langword="null"/> where it is no key's.</summary>
    internal static SourceKey? FromPreimage(IReadOnlyDictionary<string, string> preimage) =>
        preimage.Values.Contains(null) || preimage.ContainsKey("content") == preimage.ContainsKey("url") ? null : new SourceKey(preimage, null);

    /// <summary>The key of a request.</summary>
    /// <param name="request">The request; only source, content id, options and scope count.</param>
    public static SourceKey From(DownloadRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var preimage = new Dictionary<string, string>(StringComparer.Ordinal);
        string? sha256 = null;
        if (!string.IsNullOrWhiteSpace(request.ContentId))
        {
            var id = ContentId.Normalize(request.ContentId);
            sha256 = ContentId.Sha256Of(id);
            preimage["content"] = KeyPreimage.Hide(id);
        }
        else
        {
            preimage["url"] = KeyPreimage.Hide(SourceUrl.Identity(request.Source, request.Scope is not null));
        }

        foreach (var (name, value) in request.Options)
        {
            preimage["option." + name] = KeyPreimage.Hide(value);
        }

        if (request.Scope is not null)
        {
            preimage["scope"] = KeyPreimage.Hide(request.Scope);
        }

        return new SourceKey(preimage, sha256);
    }

    /// <inheritdoc />
    public bool Equals(SourceKey? other) => other is not null && Name == other.Name && KeyPreimage.AreEqual(Preimage, other.Preimage);

    /// <inheritdoc />
    public override bool Equals(object? obj) => Equals(obj as SourceKey);

    /// <inheritdoc />
    public override int GetHashCode() => Name.GetHashCode(StringComparison.Ordinal);

    /// <summary>The name: it tells nothing about the source.</summary>
    public override string ToString() => Name;
}
