using SmartCache.Tests.Support;

namespace SmartCache.Tests.Hostile.Trouble;

/// <summary>A disk that takes nothing, gives nothing, or says nothing.</summary>
internal static class DiskTroubles
{
    public static IReadOnlyList<TroubleCase> All { get; } =
    [
        new("full before", "ext4 filled by another program", static scene => Filler.Fill(scene.CacheOn(Ext4()).Path, ofInodes: false)) { Tool = "mkfs.ext4" },
        new("full in the download", "the same, in the middle of it", static scene => FillIn(scene, "download", Ext4(), ofInodes: false)) { Tool = "mkfs.ext4", Varies = true },
        new("full in the encode", "the same", static scene => FillIn(scene, "encode", Ext4(), ofInodes: false)) { Tool = "mkfs.ext4", Varies = true },
        new("full in the upload", "the same", static scene => FillIn(scene, "upload", Ext4(), ofInodes: false)) { Tool = "mkfs.ext4", Varies = true },
        new("room for one job and no more", "cache and work share a tmpfs of 2 MB, of which 1 MB is another's", static scene =>
            File.WriteAllBytes(Path.Combine(scene.AllOn(Mount.Tmpfs(2)).Path, "other"), Bytes.Random(1_000_000))) { Tool = "mount" },
        new("out of inodes before", "ext4 with 400 inodes, taken by another program", static scene => Filler.Fill(scene.CacheOn(FewInodes()).Path, ofInodes: true)) { Tool = "mkfs.ext4" },
        new("out of inodes in the encode", "the same, in the middle of it", static scene => FillIn(scene, "encode", FewInodes(), ofInodes: true)) { Tool = "mkfs.ext4", Varies = true },
        new("over a quota", "injected: EDQUOT at each new file, link and write (no quota can be set up on every kernel)", static scene => scene.Disk = new QuotaDisk { IsOver = true }),
        new("over a quota in the encode", "injected: the same, in the middle of it", static scene =>
        {
            var disk = new QuotaDisk();
            scene.Disk = disk;
            scene.During("encode", () => disk.IsOver = true);
        }) { Varies = true },
        new("read-only before", "tmpfs, remounted", static scene => scene.CacheOn(Mount.Tmpfs(16)).MakeReadOnly()) { Tool = "mount" },
        new("read-only in the encode", "ext4, remounted as after an error", static scene =>
        {
            var mount = scene.CacheOn(Ext4());
            scene.During("encode", mount.BreakExt4);
        }) { Tool = "mkfs.ext4", Varies = true },
        new("sectors that cannot be read", "ext4 whose image is cut short between the attempts: EIO of the kernel", static scene =>
        {
            var mount = scene.CacheOn(Ext4());
            scene.Between = () => mount.LoseSectors(Directory.Exists(scene.Cache) ? Directory.GetFiles(scene.Cache, "*", SearchOption.AllDirectories) : []);
        }) { Tool = "mkfs.ext4", Varies = true },
        new("bytes that are written over", "a byte of each entry's files, between the attempts", static scene =>
            scene.Between = () => Entries(scene).SelectMany(Spoil.Payload).ToList().ForEach(Spoil.InPlace)),
        new("bytes that rot", "the same, with the times as before; `Integrity=Full`", static scene =>
        {
            scene.Settings["Cache:Integrity"] = "Full";
            scene.Between = () => Entries(scene).ForEach(Spoil.Silently);
        }),
        new("no write comes back", "ext4, frozen in the download (fsfreeze)", static scene =>
        {
            var mount = scene.CacheOn(Ext4());
            Hang(scene, () => Mount.Run("fsfreeze", "-f", mount.Path), () => Mount.Run("fsfreeze", "-u", mount.Path));
        }) { Tool = "mkfs.ext4", Varies = true },
        new("nothing comes back", "bindfs, stopped in the download", static scene =>
        {
            var mount = OnFuse(scene);
            Hang(scene, mount.Hang, mount.Answer);
        }) { Tool = "bindfs", Varies = true },
        new("gone", "bindfs, killed in the encode: ENOTCONN", static scene =>
        {
            var mount = OnFuse(scene);
            scene.During("encode", mount.GoAway);
        }) { Tool = "bindfs", Varies = true },
        new("hangs before", "injected: no look, open or lock returns", static scene =>
        {
            var disk = scene.Own(new HangingDisk());
            disk.Hang();
            scene.Plan = scene.Plan with { WaitsForSaves = false };
            scene.Disk = disk;
            scene.Settings["Cache:OperationTimeout"] = "200ms";
            scene.Mend(disk.Answer);
        }) { Varies = true },
    ];

    private static Mount Ext4() => Mount.Image("ext4", 16, null, "-m", "0");

    private static Mount FewInodes() => Mount.Image("ext4", 60, null, "-N", "400", "-m", "0");

    private static FuseMount OnFuse(Scene scene)
    {
        var mount = scene.Own(new FuseMount());
        scene.Cache = Path.Combine(mount.Path, "cache");
        return mount;
    }

    private static void FillIn(Scene scene, string stage, Mount mount, bool ofInodes)
    {
        scene.CacheOn(mount);
        scene.During(stage, () => Filler.Fill(mount.Path, ofInodes));
    }

    private static void Hang(Scene scene, Action hang, Action answer)
    {
        var hangs = false;
        scene.Plan = scene.Plan with { WaitsForSaves = false };
        scene.Settings["Cache:OperationTimeout"] = "300ms";
        scene.During("download", () =>
        {
            hang();
            hangs = true;
        });
        scene.Mend(() =>
        {
            if (hangs)
            {
                answer();
            }
        });
    }

    private static List<string> Entries(Scene scene) => Directory.Exists(scene.Cache)
        ? [.. Directory.GetFiles(scene.Cache, "manifest.json", SearchOption.AllDirectories).Select(static path => Path.GetDirectoryName(path)!)]
        : [];
}
