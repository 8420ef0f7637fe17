using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Sources;

/// <content>Which identities lead to a content.</content>
internal sealed partial class SourceCatalog
{
    /// <summary>The names of all keys on record that lead to a content. Reads every record that was not read lately.</summary>
    public IReadOnlyCollection<string> KeysOf(string contentHash, OperationPulse pulse)
    {
        var found = new List<string>();
        if (!layer.Directory.IsOwnDirectory(KeysDirectory))
        {
            return found;
        }

        foreach (var path in layer.Files.ListFiles(KeysDirectory).Where(static path => OwnNames.IsRecord(Path.GetFileName(path))))
        {
            pulse.Beat();
            try
            {
                if (Read(path, SourceJson.Default.SourceRecord, _keys)?.ContentHash == contentHash)
                {
                    found.Add(Path.GetFileNameWithoutExtension(path));
                }
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // One that cannot be read keeps none of the others.
            }
        }

        return found;
    }
}
