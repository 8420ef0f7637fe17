namespace SmartCache.Tests.Support;

/// <summary>Files of somebody else in the places where a cache has its own, all a year old.</summary>
internal sealed class Owned
{
    private static readonly string[] _files =
    [
        "report.pdf",
        "uploads/staging/job-41/final.mp4", "uploads/locks/job-7.lock", "uploads/locks/writer-7", "uploads/trash/2024/holiday.mp4", "uploads/trash/old.mp4",
        "uploads/quarantine/mail.eml", "uploads/report.json", "uploads/targets/mine.journal", "uploads/job-41.json",
        "sources/keys/drm.key", "sources/keys/drm.json", "sources/facts/about.json", "sources/partials/half.mp4", "sources/staging/incoming/a.mp4",
        "sources/locks/entry-hall", "sources/locks/condemned-house", "sources/locks/key-1", "sources/locks/make-it", "sources/trash/a.mp4", "sources/quarantine/virus.exe",
        "sources/0123456789abcdef0123456789abcdef0/a.mp4", "sources/0123456789ABCDEF0123456789ABCDEF/a.mp4", "sources/abcdefabcdefabcdefabcdefabcdefab_/a.mp4",
        "profiles/abcdefabcdefabcdefabcdefabcdefab_cafe/manifest.json", "profiles/trash/x.12.3", "profiles/staging/me/a",
        "quota/notes.json", "quota/locks/writer-me", "quota/staging/job-9/a.bin", "history/sales.events", "history/locks/writer-me", "history/staging/job-9/a.bin",
    ];

    private readonly Dictionary<string, (string Content, DateTime Written)> _before = [];
    private readonly string _root;

    private Owned(string root) => _root = root;

    public static Owned PlantIn(string root)
    {
        var owned = new Owned(root);
        var yearAgo = DateTime.UtcNow.AddYears(-1);
        foreach (var file in _files)
        {
            var path = Path.Combine(root, file);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            var content = file.EndsWith(".json", StringComparison.Ordinal) ? """{"jobId":"41","formatVersion":1,"version":1}""" : "precious " + file;
            File.WriteAllText(path, content);
            File.SetLastWriteTimeUtc(path, yearAgo);
            owned._before[path] = (content, File.GetLastWriteTimeUtc(path));
        }

        return owned;
    }

    /// <summary>What is gone, or is not as it was.</summary>
    public IEnumerable<string> Changes() =>
        _before.Where(static file => !File.Exists(file.Key) || (File.ReadAllText(file.Key), File.GetLastWriteTimeUtc(file.Key)) != file.Value).Select(file => Path.GetRelativePath(_root, file.Key));
}
