namespace SmartCache.Stages.Kubo;

/// <summary>A tree as the parts of one request: each directory before what it holds.</summary>
internal sealed class WholeTree
{
    public const string Root = "tree";

    public WholeTree(TreeToUpload tree)
    {
        List<UploadPart> parts = [Directory(Root)];
        HashSet<string> seen = new(StringComparer.Ordinal);
        // By segments, not by characters: all of a directory in one go, as Kubo reads it ("a-b" sorts before "a/b" otherwise).
        foreach (var file in tree.Files.OrderBy(f => f.RelativePath.Replace('/', '\0'), StringComparer.Ordinal))
        {
            for (var slash = file.RelativePath.IndexOf('/', StringComparison.Ordinal); slash >= 0; slash = file.RelativePath.IndexOf('/', slash + 1))
            {
                if (seen.Add(file.RelativePath[..slash]))
                    parts.Add(Directory(NameOf(file.RelativePath[..slash])));
            }
            parts.Add(new UploadPart(NameOf(file.RelativePath), UploadPart.FileType, file.Length)
            {
                Path = tree.PathOf(file),
                Sha256 = file.Sha256.Length > 0 ? file.Sha256 : null,
            });
        }
        Parts = parts;
    }

    public IReadOnlyList<UploadPart> Parts { get; }

    /// <summary>The name of a file or directory in the request and in its reply.</summary>
    public static string NameOf(string path) => path.Length == 0 ? Root : Root + "/" + path;

    private static UploadPart Directory(string name) => new(name, UploadPart.DirectoryType, 0);
}
