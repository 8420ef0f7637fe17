using System.Text;
using SmartCache.Profiles;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Fuzz.Targets;

/// <summary>Playlists that an encoder left, or somebody else: paths out of the directory, cycles, absurd lines.</summary>
internal sealed class PlaylistTarget : IFuzzTarget
{
    private static readonly string[] Lines =
    [
        "#EXTM3U", "#EXT-X-ENDLIST", "#EXTINF:4,", "#EXTINF:,", "#EXTINF:-1,", "#EXTINF:NaN,", "#EXTINF:1e9,", "#EXTINF:9999999.9,x", "seg_0.ts", "seg_1.ts", "index.m3u8", "other.m3u8", "sub/third.m3u8", "../index.m3u8",
        "sub/../index.m3u8", "http://example.test/seg.ts", "/etc/passwd", "../outside-file", "../../outside-file", "link.ts", "linked/index.m3u8", "pipe.ts", "empty.ts", "sub", "SEG_0.TS",
        "#EXT-X-MAP:URI=\"seg_0.ts\"", "#EXT-X-KEY:METHOD=AES-128,URI=\"../../outside-file\"", "#EXT-X-KEY:URI=\"", "#EXT-X-MEDIA:URI=\"other.m3u8\"", "#EXT-X-STREAM-INF:BANDWIDTH=1", "#", "", "\ufeff#EXTM3U", "seg%5f0.ts", "%2e%2e/%2e%2e/outside-file", "a\0b",
    ];

    private static readonly string[] Names = ["index.m3u8", "other.m3u8", "sub/third.m3u8"];

    private readonly string _directory;

    public PlaylistTarget(string home, Canaries canaries)
    {
        _directory = Path.Combine(home, "cache", "playlists");
        Directory.CreateDirectory(Path.Combine(_directory, "sub"));
        File.WriteAllText(Path.Combine(_directory, "seg_0.ts"), "0");
        File.WriteAllText(Path.Combine(_directory, "seg_1.ts"), "1");
        File.WriteAllText(Path.Combine(_directory, "empty.ts"), "");
        File.CreateSymbolicLink(Path.Combine(_directory, "link.ts"), canaries.Target);
        File.CreateSymbolicLink(Path.Combine(_directory, "linked"), canaries.TargetDirectory);
        PlantedThing.MakeFifo(Path.Combine(_directory, "pipe.ts"));
    }

    public string Name => "playlist";

    public int Weight => 20;

    public void Dispose()
    {
    }

    public void Run(FuzzRandom random)
    {
        foreach (var name in Names)
        {
            Write(Path.Combine(_directory, name), random);
        }

        try
        {
            var contents = PlaylistWalk.Read(FileSystem.Current, _directory, random.Chance(90) ? "index.m3u8" : HostileText.Make(random));
            FuzzFailureException.Unless(contents.Duration >= TimeSpan.Zero, "a negative duration");
            foreach (var file in contents.Files)
            {
                FuzzFailureException.Unless(EntryPath.IsSafe(file) && new FileInfo(Path.Combine(_directory, file)) is { LinkTarget: null, Length: > 0 }, $"'{file}' passed");
            }
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException)
        {
            // The two ways to say no.
        }
    }

    private static void Write(string path, FuzzRandom random)
    {
        if (random.Chance(1) && random.Chance(20))
        {
            File.Delete(path);
            using var giant = File.Create(path);
            giant.SetLength(random.Chance(50) ? 20L << 30 : 8L << 20);
            return;
        }

        var text = new StringBuilder(random.Chance(95) ? "#EXTM3U\n" : "");
        for (var lines = random.Below(12); lines > 0; lines--)
        {
            text.Append(random.Chance(85) ? random.Pick(Lines) : HostileText.Make(random)).Append(random.Pick(["\n", "\n", "\r\n", "\r", ""]));
        }

        if (random.Chance(1) && random.Chance(30))
        {
            text.Append(random.Pick(["a", "#EXTINF:", "%41", "#EXT-X-MAP:URI=\""])).Append(random.Pick(["x", "9", "/", ","])[0], 10_000_000);
        }

        text.Append(random.Chance(80) ? "\n#EXT-X-ENDLIST\n" : "");
        var bytes = Encoding.UTF8.GetBytes(text.ToString());
        File.WriteAllBytes(path, random.Chance(20) ? ByteMutator.Mutate(bytes, bytes, random) : bytes);
    }
}
