using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using SmartCache.Remote;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Fuzz.Targets;

/// <summary>Packs out of a bucket that anybody may have written to: damaged ones, and sealed nonsense. Each is refused, or gives exactly the bytes that it promises; nothing else is left.</summary>
internal sealed class PackTarget : IFuzzTarget
{
    private readonly string _directory = Directory.CreateTempSubdirectory("smartcache-fuzz-").FullName;
    private readonly byte[][] _valid = [Pack(3), Pack(1), Pack(12)];

    public string Name => "pack";

    public int Weight => 20;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    public void Run(FuzzRandom random)
    {
        var pack = Make(random);
        var place = Path.Combine(_directory, "in");
        Directory.CreateDirectory(place);
        var outside = Directory.GetFileSystemEntries(_directory).Length;
        PackSink? sink = null;
        try
        {
            sink = Read(pack, place);
            FuzzFailureException.Unless(sink.Hashed == sink.Length, "a pack that was not read to its end passed");
        }
        catch (Exception exception) when (exception is WrongPackException or NewerFormatException or IOException)
        {
            // Refused, or the file system takes no such name.
        }
        finally
        {
            sink?.TakeBack();
        }

        FuzzFailureException.Unless(Directory.GetFileSystemEntries(place).Length == 0, "something is left of a pack that was taken back");
        FuzzFailureException.Unless(Directory.GetFileSystemEntries(_directory).Length == outside, "something lies outside the destination");
    }

    private static PackSink Read(byte[] pack, string place)
    {
        if (pack.Length < PackFormat.FixedLength)
        {
            throw new WrongPackException("short");
        }

        var length = PackFormat.HeaderLength(pack, pack.Length);
        var content = PackFormat.ReadHeader(pack, pack.AsSpan(PackFormat.FixedLength, length), pack.Length);
        foreach (var file in content.Files)
        {
            FuzzFailureException.Unless(EntryPath.IsSafe(file.Path) && file.Length >= 0, $"an unsafe file passed: {file}");
        }

        var sink = new PackSink(FileSystem.Current, content.Files, [.. content.Files.Select(file => Path.Combine(place, file.Path))]);
        try
        {
            sink.Append(pack.AsSpan(PackFormat.FixedLength + length));
            sink.Complete();
            return sink;
        }
        catch
        {
            sink.TakeBack();
            throw;
        }
    }

    private byte[] Make(FuzzRandom random)
    {
        var pack = random.Pick(_valid);
        if (random.Chance(50))
        {
            return ByteMutator.Mutate(pack, random.Pick(_valid), random);
        }

        // With the right hash over another header.
        var length = BinaryPrimitives.ReadInt32LittleEndian(pack.AsSpan(8));
        var header = JsonMutator.Mutate(pack[PackFormat.FixedLength..(PackFormat.FixedLength + length)], random);
        var size = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(size, random.Chance(5) ? int.MaxValue : header.Length);
        return [.. "SCPACK1\n"u8, .. size, .. SHA256.HashData(header), .. header, .. pack.AsSpan(PackFormat.FixedLength + length)];
    }

    private static byte[] Pack(int files)
    {
        var bytes = Enumerable.Range(0, files).Select(static index => Encoding.ASCII.GetBytes(new string((char)('a' + index), index * 7))).ToArray();
        var content = new ManifestContent
        {
            Created = DateTimeOffset.UnixEpoch,
            Files = [.. bytes.Select(static (file, index) => new ManifestFile($"files/{index % 2}/{index}.ts", file.Length, Convert.ToHexStringLower(SHA256.HashData(file))))],
            Key = new Dictionary<string, string> { ["source"] = "x" },
            Properties = new Dictionary<string, string> { ["playlist"] = "0.ts" },
            CostSeconds = 12,
        };
        return [.. PackFormat.WriteHead(content), .. bytes.SelectMany(static file => file)];
    }
}
