using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using SmartCache.Storage;

namespace SmartCache.Fuzz.Targets;

/// <summary>Manifests as bytes: damaged ones, and well-checksummed nonsense.</summary>
internal sealed class ManifestTarget(FuzzCorpus corpus) : IFuzzTarget
{
    private readonly byte[][] _valid = corpus.Of("manifest.json");

    public string Name => "manifest";

    public int Weight => 30;

    public void Dispose()
    {
    }

    public void Run(FuzzRandom random)
    {
        var bytes = Make(_valid, random);
        Manifest read;
        try
        {
            read = ManifestFormat.Parse(bytes);
        }
        catch (Exception exception) when (exception is InvalidDataException or NewerFormatException)
        {
            return;
        }

        foreach (var file in read.Content.Files)
        {
            FuzzFailureException.Unless(EntryPath.IsSafe(file.Path) && file.Length >= 0, $"an unsafe file passed: {file}");
        }

        var again = ManifestFormat.Parse(ManifestFormat.Write(read));
        FuzzFailureException.Unless(
            again.Modified.SequenceEqual(read.Modified) && ManifestFormat.Write(again).AsSpan().SequenceEqual(ManifestFormat.Write(read)), "a parsed manifest does not come back as it was");
    }

    /// <summary>Half of them with the right checksum over what they say.</summary>
    public static byte[] Make(byte[][] valid, FuzzRandom random)
    {
        var bytes = random.Pick(valid);
        switch (random.Below(5))
        {
            case 0:
                return ByteMutator.Mutate(bytes, random.Pick(valid), random);
            case 1:
                return JsonMutator.Mutate(bytes, random);
            default:
                using (var document = JsonDocument.Parse(bytes))
                {
                    var content = JsonMutator.Mutate(Encoding.UTF8.GetBytes(document.RootElement.GetProperty("content").GetRawText()), random);
                    var local = random.Chance(80) ? document.RootElement.GetProperty("local").GetRawText() : Encoding.UTF8.GetString(JsonMutator.Mutate("""{"modified":[1]}"""u8.ToArray(), random));
                    var text = $$"""{"version":1,"checksum":"{{Convert.ToHexStringLower(SHA256.HashData([(byte)'1', .. content]))}}","content":{{Encoding.UTF8.GetString(content)}},"local":{{local}}}""";
                    return Encoding.UTF8.GetBytes(text);
                }
        }
    }
}
