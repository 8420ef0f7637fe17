using System.Security.Cryptography;
using System.Text;
using SmartCache;

namespace EncoderWorker.Publishing;

/// <summary>
/// A folder that stands in for an IPFS node: files by content under <c>objects</c>, finished trees as links to them under
/// <c>trees</c>, which a player can open. Its ids look like what they are; they are no CIDs.
/// </summary>
internal sealed class PublishFolder
{
    private const string FilePrefix = "local-sha256-";
    private const string TreePrefix = "local-tree-";

    public PublishFolder(string root)
    {
        Root = root;
        Directory.CreateDirectory(Objects);
        Directory.CreateDirectory(Trees);
        Target = new UploadTarget("publish-folder-" + FolderId(), "hash=sha2-256");
    }

    public string Root { get; }

    /// <summary>Like a node's peer id: a folder that was emptied and made anew is another target, whatever its path.</summary>
    public UploadTarget Target { get; }

    private string Objects => Path.Combine(Root, "objects");

    private string Trees => Path.Combine(Root, "trees");

    public static string IdOf(UploadFile file) => FilePrefix + file.Sha256;

    public bool Has(string id)
    {
        if (id.StartsWith(FilePrefix, StringComparison.Ordinal))
            return File.Exists(ObjectPath(id));
        var tree = TreePath(id);
        return Directory.Exists(tree) && Directory.EnumerateFileSystemEntries(tree, "*", SearchOption.AllDirectories)
            .All(path => File.ResolveLinkTarget(path, returnFinalTarget: true) is not { Exists: false });
    }

    public async Task<string> AddFileAsync(string path, UploadFile file, CancellationToken cancellationToken)
    {
        var id = IdOf(file);
        var unfinished = Path.Combine(Objects, Path.GetRandomFileName());
        try
        {
            await using (var from = File.OpenRead(path))
            await using (var to = File.Create(unfinished))
                await from.CopyToAsync(to, cancellationToken);
            // Whole or not there: what has the name of an object is one.
            File.Move(unfinished, ObjectPath(id), overwrite: true);
            return id;
        }
        catch
        {
            File.Delete(unfinished);
            throw;
        }
    }

    /// <summary>Links files that are all here as one tree.</summary>
    public string AddTree(IEnumerable<(string Path, UploadFile File)> entries)
    {
        var sorted = entries.OrderBy(entry => entry.Path, StringComparer.Ordinal).ToList();
        var listing = string.Concat(sorted.Select(entry => $"{entry.Path}\0{entry.File.Sha256}\n"));
        var id = TreePrefix + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(listing)));
        if (Directory.Exists(TreePath(id)))
            return id;

        var unfinished = Path.Combine(Trees, Path.GetRandomFileName());
        foreach (var (path, file) in sorted)
        {
            var link = Path.Combine(unfinished, path);
            Directory.CreateDirectory(Path.GetDirectoryName(link)!);
            File.CreateSymbolicLink(link, ObjectPath(IdOf(file)));
        }

        try
        {
            Directory.Move(unfinished, TreePath(id));
        }
        catch (IOException) when (Directory.Exists(TreePath(id)))
        {
            // Another job published the same tree meanwhile.
            Directory.Delete(unfinished, recursive: true);
        }

        return id;
    }

    public string TreePath(string id) => Path.Combine(Trees, Path.GetFileName(id));

    private string ObjectPath(string id) => Path.Combine(Objects, Path.GetFileName(id));

    private string FolderId()
    {
        var path = Path.Combine(Root, "id");
        if (!File.Exists(path))
            File.WriteAllText(path, Guid.NewGuid().ToString("N")[..12]);
        return File.ReadAllText(path);
    }
}
