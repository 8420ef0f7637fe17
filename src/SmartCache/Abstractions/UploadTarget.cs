using System.Text;

namespace SmartCache;

/// <summary>Where and how content is added: a CID recorded on target A under parameters P says nothing about target B or parameters Q.</summary>
/// <remarks><see cref="object.ToString"/> leaves the endpoint out, which may carry credentials.</remarks>
/// <param name="Id">Stable id of the node, without credentials: <c>ipfs-eu-1</c>.</param>
/// <param name="ImportParameters">Every parameter that changes a CID, in one canonical string: <c>cid-version=1&amp;raw-leaves=true&amp;chunker=size-262144&amp;hash=sha2-256</c>.</param>
public sealed record UploadTarget(string Id, string ImportParameters)
{
    /// <summary>Where the node is reached today.</summary>
    /// <remarks>Not part of the identity, never stored.</remarks>
    public Uri? Endpoint { get; init; }

    /// <summary>By contract an id carries no credentials. One that is an address with user-info does all the same; then it is empty here.</summary>
    internal string PublicId => Uri.TryCreate(Id, UriKind.Absolute, out var address) && address.UserInfo.Length > 0 ? "" : Id;

    private bool PrintMembers(StringBuilder builder)
    {
        builder.Append("Id = ").Append(PublicId).Append(", ImportParameters = ").Append(ImportParameters);
        return true;
    }
}
