using System.Globalization;
using System.Text;
using SmartCache.Storage;

namespace SmartCache;

/// <summary>The identity of an encoded profile: the source's content and the full effective recipe.</summary>
public sealed class ProfileKey : IEquatable<ProfileKey>
{
    // Raise the number when the meaning of a value changes.
    private const string Label = "smartcache-profile/1";

    private ProfileKey(SourceMedia source, EncodeRecipe recipe, IReadOnlyDictionary<string, string> preimage)
    {
        Source = source;
        Recipe = recipe;
        Preimage = preimage;
        Name = NameOf(source.ContentHash, preimage);
    }

    /// <summary>Name of the entry: 32 hexadecimal digits of the source, an underscore, 32 of the recipe.</summary>
    public string Name { get; }

    /// <summary>The source.</summary>
    public SourceMedia Source { get; }

    /// <summary>The recipe.</summary>
    public EncodeRecipe Recipe { get; }

    internal IReadOnlyDictionary<string, string> Preimage { get; }

    /// <summary>The key of a recipe on a source.</summary>
    /// <param name="source">The source by content.</param>
    /// <param name="recipe">The recipe; <see cref="EncodeRecipe.ExpectedDuration"/>, where it comes from, <see cref="EncodeRecipe.Cacheable"/> and <see cref="EncodeRecipe.Accept"/> do not count.</param>
    /// <exception cref="ArgumentException">The source's hash is not 64 lower-case hexadecimal digits.</exception>
    public static ProfileKey From(SourceMedia source, EncodeRecipe recipe)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(recipe);
        if (!ContentName.IsHash(source.ContentHash))
        {
            throw new ArgumentException("The content hash must be SHA-256 as 64 lower-case hexadecimal digits.", nameof(source));
        }

        var preimage = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["source"] = source.ContentHash,
            ["encoder"] = recipe.EncoderVersion ?? "",
            ["arguments"] = Join(recipe.Arguments),
        };
        foreach (var (name, value) in recipe.Parameters)
        {
            preimage["parameter." + name] = value;
        }

        foreach (var (name, hash) in recipe.AuxiliaryInputs)
        {
            preimage["input." + name] = hash;
        }

        return new ProfileKey(source, recipe, preimage);
    }

    internal static string NameOf(string contentHash, IReadOnlyDictionary<string, string> preimage) => ContentName.Of(contentHash) + "_" + KeyPreimage.Name(Label, preimage);

    /// <inheritdoc />
    public bool Equals(ProfileKey? other) => other is not null && Name == other.Name && KeyPreimage.AreEqual(Preimage, other.Preimage);

    /// <inheritdoc />
    public override bool Equals(object? obj) => Equals(obj as ProfileKey);

    /// <inheritdoc />
    public override int GetHashCode() => Name.GetHashCode(StringComparison.Ordinal);

    /// <inheritdoc />
    public override string ToString() => Name;

    /// <summary>One string out of many that no other list gives: each with its length in front (<c>2:-c 7:libx264</c>).</summary>
    private static string Join(IReadOnlyList<string> arguments)
    {
        var text = new StringBuilder();
        foreach (var argument in arguments)
        {
            text.Append(CultureInfo.InvariantCulture, $"{argument.Length}:{argument} ");
        }

        return text.ToString();
    }
}
