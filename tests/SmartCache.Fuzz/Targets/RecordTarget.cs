using SmartCache.Storage;

namespace SmartCache.Fuzz.Targets;

/// <summary>Records in <c>keys/</c> and <c>facts/</c>.</summary>
internal sealed class RecordTarget : IFuzzTarget
{
    private readonly FuzzCache _cache;
    private readonly Canaries _canaries;
    private readonly string _fifo;
    private readonly SourceKey _key;
    private readonly string _content;
    private readonly KeyValuePair<string, byte[]> _record;
    private readonly KeyValuePair<string, byte[]> _facts;

    public RecordTarget(string home, FuzzCorpus corpus, Canaries canaries)
    {
        _canaries = canaries;
        _cache = new FuzzCache(home);
        _fifo = Path.Combine(home, "fifo");
        PlantedThing.MakeFifo(_fifo);
        _record = corpus.Files.First(static pair => pair.Key.StartsWith("sources/keys/", StringComparison.Ordinal));
        _facts = corpus.Files.First(static pair => pair.Key.StartsWith("sources/facts/", StringComparison.Ordinal));
        _key = SourceKey.From(new DownloadRequest("http://example.test/v", "/x"));
        _content = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(FuzzStages.Video));
        _cache.Manager.SourceStore.Layer.Directory.EnsureOpen();
    }

    public string Name => "key and facts";

    public int Weight => 12;

    public void Dispose() => _cache.Dispose();

    public void Run(FuzzRandom random)
    {
        Write(_record, random);
        Write(_facts, random);
        var catalog = _cache.Manager.SourceStore.Catalog;
        try
        {
            if (catalog.Find(_key, out var reason) is { } found)
            {
                FuzzFailureException.Unless(ContentName.IsHash(found.ContentHash), "a record leads to no content");
                catalog.Facts(found.ContentHash);
            }
            else
            {
                FuzzFailureException.Unless(reason.Code != CacheReason.None && reason.Text.Length > 0, "a miss without a reason");
            }

            if (catalog.Facts(_content)?.ToMedia() is { } media)
            {
                FuzzFailureException.Unless(media.Facts.All(static fact => fact.Value is not null) && media.Length >= 0, "facts hold a null or a negative length");
            }

            var learned = catalog.Learn(_content, FuzzStages.Video.Length, facts => facts with { Proven = true, Recipes = [.. facts.Recipes, "r"] });
            FuzzFailureException.Unless(learned.Recipes.All(static recipe => recipe is not null), "facts hold a null");
            catalog.Note(_key, _content, FuzzStages.Video.Length, DateTimeOffset.UtcNow);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Behind the boundary a miss.
        }
    }

    private void Write(KeyValuePair<string, byte[]> valid, FuzzRandom random)
    {
        var path = Path.Combine(_cache.Root, valid.Key);
        PlantedThing.Remove(path);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        if (random.Chance(5))
        {
            PlantedThing.Plant(path, _canaries, _fifo, random);
            return;
        }

        File.WriteAllBytes(path, random.Chance(30) ? ByteMutator.Mutate(valid.Value, valid.Value, random) : JsonMutator.Mutate(valid.Value, random));
    }
}
