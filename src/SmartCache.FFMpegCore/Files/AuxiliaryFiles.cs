using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace SmartCache.FFMpegCore.Files;

/// <summary>The further inputs of the encodes and the hashes of their content, read again when a file changes.</summary>
internal sealed class AuxiliaryFiles(IDictionary<string, string> paths)
{
    private readonly ConcurrentDictionary<SettledStamp, string> _hashes = new();

    /// <summary>Name to absolute path: the program runs in a directory of its own.</summary>
    public IReadOnlyDictionary<string, string> Paths { get; } = paths.ToDictionary(item => item.Key, item => Path.GetFullPath(item.Value), StringComparer.Ordinal);

    public async ValueTask<IReadOnlyDictionary<string, string>> HashAsync(CancellationToken cancellationToken)
    {
        var result = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, path) in Paths)
        {
            if (!File.Exists(path))
                throw new FfmpegException($"The auxiliary input {name} does not exist.");

            var (stamp, isSettled) = await SettledStamp.SettledAsync(path, cancellationToken).ConfigureAwait(false);
            if (!_hashes.TryGetValue(stamp, out var hash))
            {
                var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
                await using var _ = file.ConfigureAwait(false);
                hash = Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellationToken).ConfigureAwait(false));
                if (isSettled && SettledStamp.Of(path, out var _) == stamp)
                    _hashes[stamp] = hash;
            }

            result[name] = hash;
        }

        return result;
    }
}
