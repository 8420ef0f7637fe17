namespace SmartCache.Tests.Stages.Kubo;

/// <summary>A directory that looks like an encoded video, on disk, removed at the end.</summary>
internal sealed class VideoTree : IDisposable
{
    public VideoTree(int segments, int seed = 1, params string[] profiles)
    {
        Profiles = profiles.Length > 0 ? profiles : ["1080p", "720p", "480p"];
        File.WriteAllText(Path.Combine(Root, "master.m3u8"), "#EXTM3U\n");
        foreach (var profile in Profiles)
            Encode(profile, segments, seed++);
    }

    public string Root { get; } = Directory.CreateTempSubdirectory("smartcache-tree-").FullName;

    public string[] Profiles { get; }

    public EncodedProfile[] Encoded => [.. Profiles.Select(p => new EncodedProfile { Name = p, Directory = Path.Combine(Root, p), Playlist = "index.m3u8" })];

    /// <summary>Every file, relative to the root.</summary>
    public string[] Paths() => [.. Directory.EnumerateFiles(Root, "*", SearchOption.AllDirectories).Select(p => Path.GetRelativePath(Root, p).Replace('\\', '/'))];

    /// <summary>Writes a profile: the same names each time, other bytes for another seed.</summary>
    public void Encode(string profile, int segments, int seed)
    {
        var directory = Directory.CreateDirectory(Path.Combine(Root, profile)).FullName;
        var random = new Random(seed);
        for (var i = 0; i < segments; i++)
        {
            var bytes = new byte[random.Next(1, 6000)];
            random.NextBytes(bytes);
            File.WriteAllBytes(Path.Combine(directory, $"segment{i:d4}.ts"), bytes);
        }
        File.WriteAllText(Path.Combine(directory, "index.m3u8"), $"#EXTM3U\n#seed {seed}\n");
    }

    public UploadRequest Request(IUploadSession? session = null) => new("job-1", Root) { Profiles = Encoded, Session = session };

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
